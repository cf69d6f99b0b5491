#include "daemon/unmasking.hpp"

#include "core/encoding.hpp"
#include "core/error.hpp"
#include "daemon/configuration.hpp"
#include "daemon/person.hpp"
#include "transform/dead_letters.hpp"
#include "transform/mapping.hpp"
#include "transform/mask/sealed_text.hpp"
#include "transform/mask/sealer.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <array>

namespace sluice::daemon {
namespace {

// As a person reads it: an address was sealed as its bytes.
std::string readable(const mask::clear_value& value)
{
    if (value.what != mask::content::inet)
        return value.bytes;
    std::array<char, INET6_ADDRSTRLEN> text{};
    const int family = value.bytes.size() == sizeof(in_addr) ? AF_INET : AF_INET6;
    const char* const done =
        inet_ntop(family, value.bytes.data(), text.data(), static_cast<socklen_t>(text.size()));
    return done == nullptr ? std::string() : std::string(done);
}

// A bytea, such as the body of a dead letter, comes as hex.
std::string sealed_text_of(const std::string& value)
{
    if (!value.starts_with("\\x"))
        return value;
    const auto bytes = from_hex(std::string_view(value).substr(2));
    return bytes ? std::string(as_text(*bytes)) : value;
}

// "{a,b}": key ids are letters and digits.
std::string array_literal(const std::set<std::string>& items)
{
    return fmt::format("{{{}}}", fmt::join(items, ","));
}

// Nothing in a sealed text tells its domain: the one that opens it is the right one.
result<mask::clear_value> open_in_any(mask::opener& opener, const std::string& text,
                                      const std::vector<std::string>& domains)
{
    for (const std::string& domain : domains) {
        auto opened = opener.open(text, domain);
        if (opened || opened.error() != mask::errc::not_authentic)
            return opened;
    }
    return mask::errc::not_authentic;
}

// Why a value was not opened, and what to do.
std::string told(const error_code& why, const std::string& text)
{
    if (why == mask::errc::key_unknown)
        return fmt::format("was sealed with key {}, which the keyring does not hold; add that key",
                           mask::parse_sealed(text)->key_id);
    if (why == mask::errc::not_authentic)
        return "was altered, or sealed for a column that is not in this configuration; use the "
               "configuration that sealed it";
    return why.message();
}

} // namespace

std::vector<std::string> domains_of(const config::settings& settings)
{
    std::vector<std::string> domains{std::string(transform::letter_body_domain),
                                     std::string(transform::letter_attributes_domain)};
    for (const config::pipeline& one : settings.pipelines)
        if (const auto compiled = transform::mapping::compile(one); compiled.made)
            for (const transform::column_plan& column : compiled.made->columns())
                if (column.mask.kind == config::mask_kind::seal)
                    domains.push_back(column.mask.domain);
    return domains;
}

unmasked unmask(const std::vector<std::string>& sealed, const mask::keyring& keys,
                const std::vector<std::string>& domains)
{
    mask::opener opener(keys);
    unmasked out;
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        const std::string text = sealed_text_of(sealed[i]);
        const result<mask::clear_value> opened = open_in_any(opener, text, domains);
        if (opened) {
            ++out.opened;
            out.key_ids.emplace(mask::parse_sealed(text)->key_id);
            out.values.emplace_back(readable(*opened));
        } else {
            out.failures.push_back(fmt::format("value {}: {}", i + 1, told(opened.error(), text)));
            out.values.emplace_back();
        }
    }
    return out;
}

awaitable<std::vector<std::string>> query_values(postgres::connection& on, const std::string& sql)
{
    postgres::rows found;
    std::vector<std::optional<std::string>> none;
    try {
        co_await on.query("BEGIN READ ONLY");
        // With parameters, even none, the server takes one statement alone.
        found = co_await on.query(sql, std::move(none));
        co_await on.query("COMMIT");
    } catch (const postgres::database_error& error) {
        if (error.error().fatal)
            throw;
        throw usage_error(
            fmt::format("--query: {}; correct the query, or what the role may read", error.what()));
    }
    std::vector<std::string> values;
    for (const postgres::row& each : found) {
        if (each.size() != 1)
            throw usage_error(fmt::format("--query: it returns {} columns; select the sealed one "
                                          "alone",
                                          each.size()));
        if (each[0])
            values.push_back(*each[0]);
    }
    co_return values;
}

awaitable<void> write_audit(postgres::connection& on, audit_entry entry)
{
    std::vector<std::optional<std::string>> parameters;
    for (std::string value : {os_user(), host_name(), entry.reason, entry.source,
                              std::to_string(entry.what.values.size()),
                              std::to_string(entry.what.opened), array_literal(entry.what.key_ids)})
        parameters.emplace_back(std::move(value));
    co_await on.query("INSERT INTO sluice.unmask_audit (os_user, host, reason, source, asked, "
                      "opened, key_ids) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                      std::move(parameters));
}

} // namespace sluice::daemon
