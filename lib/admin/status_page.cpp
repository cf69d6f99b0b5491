#include "admin/status_page.hpp"

#include "admin/embedded.hpp"
#include "core/encoding.hpp"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <array>
#include <cassert>
#include <string_view>

namespace sluice::admin {
namespace {

void put(std::string& text, std::string_view mark, std::string_view what)
{
    const std::size_t at = text.find(mark);
    assert(at != std::string::npos);
    text.replace(at, mark.size(), what);
}

// What names an inline part in a policy: exactly what stands between its tags (CSP 3, 8.3).
std::string hash_of(std::string_view part)
{
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(reinterpret_cast<const unsigned char*>(part.data()), part.size(), digest.data());
    return "'sha256-" + to_base64(digest) + "'";
}

page make()
{
    page out;
    out.text = page_html;
    put(out.text, "{{style}}", page_css);
    put(out.text, "{{script}}", page_js);
    out.policy = fmt::format("default-src 'none'; style-src {}; script-src {}; connect-src 'self'; "
                             "img-src data:; base-uri 'none'; form-action 'none'; "
                             "frame-ancestors 'none'",
                             hash_of(page_css), hash_of(page_js));
    return out;
}

} // namespace

const page& status_page()
{
    static const page made = make();
    return made;
}

} // namespace sluice::admin
