#include "transform/mask/keyring.hpp"

#include "core/encoding.hpp"
#include "core/secret.hpp"
#include "transform/mask/derive.hpp"
#include "transform/mask/evp.hpp"
#include "transform/mask/keyring_file.hpp"
#include "transform/mask/keyring_parser.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace sluice::mask {

keyring keyring::load(const std::string& path)
{
    const secret text = read_keyring_file(path);
    return keyring_parser(path).parse(text.reveal());
}

keyring keyring::ephemeral()
{
    const locked_memory bytes(key_bytes);
    draw_key(bytes.bytes());
    return of_one(draw_key_id(), bytes.bytes().first(key_bytes));
}

keyring keyring::of_one(std::string id, std::span<const unsigned char> bytes)
{
    if (bytes.size() != key_bytes)
        throw keyring_error(fmt::format("a key must be {} bytes long", key_bytes));
    keyring out(1);
    const auto own = out.memory_.bytes().first(key_bytes);
    std::ranges::copy(bytes, own.begin());
    out.keys_.push_back(
        {.id = std::move(id), .status = key_status::primary, .created = {}, .bytes = own});
    return out;
}

const key* keyring::find(std::string_view id) const noexcept
{
    const auto it = std::ranges::find(keys_, id, &key::id);
    return it == keys_.end() ? nullptr : &*it;
}

void generate_keyring(const std::string& path, wall_time now)
{
    const locked_memory bytes(key_bytes);
    draw_key(bytes.bytes());
    const key made{.id = draw_key_id(),
                   .status = key_status::primary,
                   .created = created_at(now),
                   .bytes = bytes.bytes().first(key_bytes)};
    const std::string temporary = path + ".new-" + made.id;
    const open_file out(temporary, O_WRONLY | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR);
    if (!out.is_open())
        fail_file(path, "cannot be made ({}); is its folder there, and writable?", errno);
    const struct remover
    {
        const std::string& name;
        ~remover() { ::unlink(name.c_str()); }
    } at_end{temporary};
    write_keyring_text(out, path, render_keyring({&made, 1}));
    // A link, unlike a rename, never replaces what is there.
    if (::link(temporary.c_str(), path.c_str()) != 0) {
        if (errno == EEXIST)
            fail_file(path, "is there already and is never overwritten; give another path");
        fail_file(path, "cannot be made ({})", errno);
    }
    sync_folder_of(path);
}

std::string check_value(std::span<const unsigned char> key)
{
    std::array<unsigned char, 8> check;
    if (!derive(key, "sluice.keyring.check.v1", check))
        throw crypto_error("OpenSSL offers no HKDF with SHA-256");
    return to_hex(check);
}

} // namespace sluice::mask
