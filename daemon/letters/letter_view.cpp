#include "daemon/letters/letter_view.hpp"

#include "daemon/send/send_report.hpp"
#include "daemon/unmasking.hpp"

#include <fmt/format.h>

namespace sluice::daemon {
namespace {

constexpr const char* withheld = "kept in clear; give --reason to see it";

// As stored, if it is sealed.
shown_letter as_stored(const postgres::letter& of)
{
    shown_letter out;
    if (!of.body)
        out.body.why_not = "was not kept";
    else if (of.body_sealed)
        out.body = {.text = of.body, .sealed = true, .why_not = {}};
    else
        out.body.why_not = withheld;
    if (of.attributes && of.attributes->starts_with('{'))
        out.attributes.why_not = withheld;
    else
        out.attributes = {
            .text = of.attributes, .sealed = of.attributes.has_value(), .why_not = {}};
    return out;
}

} // namespace

struct letter_view::audit
{
    unmasked what;
    std::vector<std::uint64_t> ids;
};

letter_view::letter_view(const mask::keyring* keys, std::string reason, std::string source)
    : opener_(keys), reason_(std::move(reason)), source_(std::move(source))
{}

awaitable<std::vector<shown_letter>> letter_view::view(postgres::connection& on,
                                                       const std::vector<postgres::letter>& letters)
{
    std::vector<shown_letter> out;
    if (reason_.empty()) {
        for (const postgres::letter& each : letters)
            out.push_back(as_stored(each));
        co_return out;
    }
    audit entry;
    for (const postgres::letter& each : letters)
        out.push_back(open(each, entry));
    if (letters.empty())
        co_return out;
    const std::string source = fmt::format("{} {}: {}", source_, letters.front().pipeline,
                                           ranges_of(std::move(entry.ids)));
    co_await write_audit(on, {reason_, source, entry.what});
    co_return out;
}

shown_letter letter_view::open(const postgres::letter& of, audit& into)
{
    const auto take = [&](postgres::letter_opener::opened from) {
        shown_text shown{.text = from.text, .sealed = false, .why_not = std::move(from.why)};
        into.what.values.push_back(std::move(from.text));
        into.what.opened += shown.text ? 1 : 0;
        if (!from.key_id.empty())
            into.what.key_ids.insert(from.key_id);
        return shown;
    };
    into.ids.push_back(static_cast<std::uint64_t>(of.id));
    shown_letter out;
    out.body = take(opener_.body(of));
    if (of.attributes)
        out.attributes = take(opener_.attributes(of));
    failures_ += out.body.text && (!of.attributes || out.attributes.text) ? 0 : 1;
    return out;
}

} // namespace sluice::daemon
