#include "config/load.hpp"

#include "config/cross_checks.hpp"
#include "config/document.hpp"
#include "config/printing_form.hpp"
#include "config/reading_form.hpp"
#include "config/sections.hpp"
#include "config/text_file.hpp"
#include "core/encoding.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <utility>

namespace sluice::config {
namespace {

constexpr std::size_t file_bytes_max = std::size_t{1} << 20;
constexpr std::size_t hash_digits = 16;

constexpr std::string_view defaults_head =
    R"(# Every key that sluice reads, with its default. A key that is commented out has none.
# Times are written like 250ms, 20s, 10m, 1h; sizes like 100B, 64KiB, 64MiB, 1GiB.
# ${env:NAME} and ${file:PATH} stand for the value of an environment variable or the text of a
# file, in any value; $${ is the text ${ itself. Relative paths start where this file lies.
)";

std::string hash_of(std::string_view text)
{
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    const auto bytes = as_bytes(text);
    ::SHA256(bytes.data(), bytes.size(), digest.data());
    return to_hex(digest).substr(0, hash_digits);
}

// A relative keyring lies beside the configuration, as a ${file:} does.
void anchor_keyring(const document& file, settings& all)
{
    const bool left_alone = !file.keys().known("keys.keyring");
    if (!all.keyring.empty() && !left_alone)
        all.keyring = (file.folder() / all.keyring).string();
}

} // namespace

bool loaded::ok() const noexcept
{
    return std::none_of(findings.begin(), findings.end(),
                        [](const finding& each) { return each.weight == severity::error; });
}

void loaded::report(severity weight, const std::string& key, problem what)
{
    const place at = keys.place_of(key);
    const auto later = std::find_if(findings.begin(), findings.end(), [at](const finding& each) {
        return std::pair(each.line, each.column) > std::pair(at.line, at.column);
    });
    findings.insert(later, {weight, at.line, at.column, key, std::move(what)});
    if (weight == severity::error)
        keys.set_unknown(key);
}

loaded load(const std::string& path, references how)
{
    const auto file = read_text_file(path, file_bytes_max);
    if (!file) {
        loaded out;
        out.value.file = path;
        out.report(severity::error, {}, file.error());
        return out;
    }
    return load_text(file->text.reveal(), path, how, file->readable_by_all);
}

loaded load_text(std::string_view text, const std::string& file, references how,
                 bool readable_by_all)
{
    loaded out;
    out.value.file = file;
    out.value.hash = hash_of(text);
    document source(text, {file, how, readable_by_all});
    if (source.root()) {
        read_section(*source.root(), [&](form& keys) { describe(keys, out.value); });
        check_together(source, out.value);
        anchor_keyring(source, out.value);
    }
    out.findings = source.take_findings();
    out.keys = source.keys();
    return out;
}

std::string defaults()
{
    settings all;
    printing_form out;
    describe(out, all);
    return std::string(defaults_head) + out.text();
}

} // namespace sluice::config
