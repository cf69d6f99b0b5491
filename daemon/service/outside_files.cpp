#include "daemon/service/outside_files.hpp"

#include "config/text_file.hpp"
#include "core/encoding.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <string_view>

namespace sluice::daemon {
namespace {

constexpr std::size_t outside_bytes_max = std::size_t{8} << 20; // bundles of authorities are long
constexpr std::array<std::string_view, 4> kept_in_files{"sslrootcert", "sslcert", "sslkey",
                                                        "sslcrl"};

struct free_connection_options
{
    void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};
using connection_options = std::unique_ptr<PQconninfoOption, free_connection_options>;

void note_files(const connection_options& from, std::map<std::string, std::string>& into)
{
    for (const PQconninfoOption* each = from.get(); each != nullptr && each->keyword != nullptr;
         ++each)
        if (each->val != nullptr && *each->val != '\0' &&
            std::ranges::find(kept_in_files, each->keyword) != kept_in_files.end())
            into[each->keyword] = each->val;
}

std::string hex_digest(std::string_view text)
{
    std::array<unsigned char, SHA256_DIGEST_LENGTH> out{};
    const auto bytes = as_bytes(text);
    ::SHA256(bytes.data(), bytes.size(), out.data());
    return to_hex(out);
}

} // namespace

std::shared_ptr<const mask::keyring> load_keyring(const std::string& path)
{
    if (path.empty())
        return nullptr;
    return std::make_shared<const mask::keyring>(mask::keyring::load(path));
}

std::vector<std::string> database_files(const secret& url)
{
    std::map<std::string, std::string> found; // what the URL says wins over the environment
    note_files(connection_options(PQconndefaults()), found);
    note_files(connection_options(PQconninfoParse(url.reveal().c_str(), nullptr)), found);
    std::vector<std::string> out;
    for (auto& [option, path] : found)
        out.push_back(std::move(path));
    return out;
}

std::string mark_of(std::span<const std::string> paths)
{
    std::string all;
    for (const std::string& path : paths) {
        const auto read = config::read_text_file(path, outside_bytes_max);
        all += fmt::format("{} {}\n", path, read ? hex_digest(read->text.reveal()) : "none");
    }
    return hex_digest(all);
}

} // namespace sluice::daemon
