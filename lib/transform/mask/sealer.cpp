#include "transform/mask/sealer.hpp"

#include "core/encoding.hpp"
#include "core/secret.hpp"

#include <algorithm>
#include <cstring>

namespace sluice::mask {
namespace {

constexpr std::string_view scheme = "sluice.pii.v1";

std::span<unsigned char> writable_bytes(char* at, std::size_t size) noexcept
{
    return {reinterpret_cast<unsigned char*>(at), size};
}

} // namespace

seal_engine::seal_engine(const keyring& keys)
    : cipher_(keys.primary().bytes), prefix_(prefix_of(form::sealed, keys.primary().id))
{}

sealer::sealer(seal_engine& engine, std::string_view domain)
    : engine_(&engine), folded_(engine.cipher_.fold({scheme, domain}))
{}

bool sealer::seal(content what, std::string_view clear, byte_buffer& out)
{
    byte_buffer& work = engine_->work_;
    work.clear();
    char* const begin = work.extend(tag_bytes + 1 + clear.size());
    begin[tag_bytes] = static_cast<char>(what);
    if (!clear.empty())
        std::memcpy(begin + tag_bytes + 1, clear.data(), clear.size());
    siv::block tag;
    if (!engine_->cipher_.seal(folded_, writable_bytes(begin + tag_bytes, 1 + clear.size()), tag))
        return false;
    std::memcpy(begin, tag.data(), tag_bytes);
    const auto sealed = as_bytes(work.view());
    const std::string& prefix = engine_->prefix_;
    char* const text = out.extend(prefix.size() + base64url_size(sealed.size()));
    std::memcpy(text, prefix.data(), prefix.size());
    to_base64url(sealed, text + prefix.size());
    return true;
}

opener::opener(const keyring& keys)
{
    for (const key& each : keys.keys())
        ciphers_.emplace(each.id, siv(each.bytes));
}

result<clear_value> opener::open(std::string_view sealed, std::string_view domain)
{
    auto parts = parse_sealed(sealed);
    if (!parts)
        return errc::malformed;
    if (parts->of == form::token)
        return errc::one_way;
    const auto it = ciphers_.find(parts->key_id);
    if (it == ciphers_.end())
        return errc::key_unknown;
    siv& cipher = it->second;
    siv::block tag;
    std::copy_n(parts->bytes.begin(), tag_bytes, tag.begin());
    const auto text = std::span(parts->bytes).subspan(tag_bytes);
    if (!cipher.open(cipher.fold({scheme, domain}), text, tag))
        return errc::not_authentic;
    clear_value out{static_cast<content>(text.front()), std::string(as_text(text.subspan(1)))};
    cleanse(text.data(), text.size());
    return out;
}

} // namespace sluice::mask
