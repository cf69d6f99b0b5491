// What masks wrote and whoever holds the key reads again. The first byte chooses: 'o' opens the
// rest, anything else seals it.
#include "fuzz/target.hpp"
#include "transform/mask/sealer.hpp"
#include "transform/mask/tokenizer.hpp"

#include <array>
#include <string>

namespace {

using namespace sluice;
using sluice::fuzz::require;

constexpr std::string_view domain = "public.people.name";
constexpr std::string_view other_domain = "public.people.address";

struct rig
{
    // A key that everybody knows: the corpus holds texts that it sealed.
    static mask::keyring known_key()
    {
        std::array<unsigned char, mask::key_bytes> bytes{};
        for (std::size_t i = 0; i < bytes.size(); ++i)
            bytes[i] = static_cast<unsigned char>(i * 7 + 1);
        return mask::keyring::of_one("k7q2m9", bytes);
    }

    [[nodiscard]] std::string seal(mask::content what, std::string_view clear)
    {
        byte_buffer out;
        require(sealer.seal(what, clear, out), "every value can be sealed");
        require(out.size() == sealer.size(clear.size()), "the size is foretold");
        return std::string(out.view());
    }

    mask::keyring keys = known_key();
    mask::seal_engine engine{keys};
    mask::sealer sealer{engine, domain};
    mask::tokenizer tokens{keys, domain};
    mask::opener opener{keys};
};

void check_parts(std::string_view text)
{
    const auto parts = mask::parse_sealed(text);
    if (!parts)
        return;
    require(mask::prefix_of(parts->of, parts->key_id) + to_base64url(parts->bytes) == text,
            "a text that can be read is the one text of its parts");
}

// Sealing is deterministic: what opens is what sealing gives, and nothing else ever was.
void check_open(rig& with, std::string_view text)
{
    check_parts(text);
    const auto clear = with.opener.open(text, domain);
    if (!clear)
        return;
    require(with.seal(clear->what, clear->bytes) == text, "no forgery opens");
    require(!with.opener.open(text, other_domain), "what opens in one domain opens in no other");
}

void check_seal(rig& with, mask::content what, std::string_view clear)
{
    const std::string sealed = with.seal(what, clear);
    check_parts(sealed);
    const auto opened = with.opener.open(sealed, domain);
    require(opened && opened->what == what && opened->bytes == clear, "what was sealed opens");
    byte_buffer token;
    require(with.tokens.append(what, clear, token), "every value has a token");
    require(token.size() == with.tokens.size(), "a token is as long as any other");
    require(!with.opener.open(token.view(), domain), "no token opens");
    // One bit of the sealed bytes; which one depends on the value.
    const auto parts = mask::parse_sealed(sealed);
    require(parts.has_value(), "what was sealed can be read");
    byte_string bytes = parts->bytes;
    bytes[clear.size() % bytes.size()] ^= static_cast<unsigned char>(1U << (clear.size() % 8));
    require(
        !with.opener.open(mask::prefix_of(parts->of, parts->key_id) + to_base64url(bytes), domain),
        "no bit can be turned");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static rig with;
    std::string_view input = fuzz::as_text(data, size);
    const char choice = fuzz::take_choice(input);
    if (choice == 'o')
        check_open(with, input);
    else
        check_seal(with, choice == 'i' ? mask::content::inet : mask::content::text, input);
    return 0;
}
