#include "transform/columns/column_writer.hpp"

#include "core/encoding.hpp"
#include "transform/columns/array_literal.hpp"
#include "transform/columns/checks.hpp"
#include "transform/columns/date_time.hpp"

#include <limits>
#include <stdexcept>

namespace sluice::transform {

using config::mask_kind;
using json::kind;

namespace {

bool has_checks_besides_length(const check_plan& plan) noexcept
{
    return plan.pattern != nullptr || !plan.one_of_text.empty();
}

bool leaves_text_whole(mask_kind kind) noexcept
{
    return kind == mask_kind::none || kind == mask_kind::seal || kind == mask_kind::token;
}

} // namespace

column_writer::column_writer(const column_plan& plan, const mask::keyring* keys,
                             mask::seal_engine* engine)
    : plan_(&plan)
{
    takes_text_as_it_is_ = plan.type == column_type::text && !plan.is_array && !plan.parse.given &&
                           leaves_text_whole(plan.mask.kind) &&
                           !has_checks_besides_length(plan.check);
    length_max_ = plan.check.length_max.value_or(std::numeric_limits<std::size_t>::max());
    if (!plan.needs_key())
        return;
    if (keys == nullptr || engine == nullptr)
        throw std::invalid_argument("a masked column needs a keyring");
    if (plan.mask.kind == mask_kind::seal)
        sealer_.emplace(*engine, plan.mask.domain);
    else
        tokenizer_.emplace(*keys, plan.mask.domain);
}

verdict column_writer::append_plain(std::string_view text, column_array& out)
{
    if (plan_->mask.kind != mask_kind::none)
        return store_replaced(mask::content::text, text, out);
    out.append(text);
    return std::nullopt;
}

verdict column_writer::append_any(const found_value& from, workspace& work, column_array& out)
{
    const kind what = from.value.what;
    if (what == kind::missing && plan_->fallback != nullptr)
        return append_default(work, out);
    if (what == kind::missing || what == kind::null) {
        if (plan_->required)
            return what == kind::null ? refuse(reason::missing, "is null")
                                      : refuse(reason::missing, "is not there");
        out.append_null();
        return std::nullopt;
    }
    if (plan_->mask.kind == mask_kind::drop) {
        out.append_null();
        return std::nullopt;
    }
    if (plan_->is_array) {
        if (what != kind::array)
            return refuse(reason::wrong_type, "got no array");
        return append_array(from.document->elements(plan_->source.slot), true, work, out);
    }
    if (const verdict refused = read_value(*plan_, from, true, work))
        return refused;
    return store(work.value, out);
}

verdict column_writer::append_default(workspace& work, column_array& out)
{
    const default_plan& fallback = *plan_->fallback;
    if (fallback.value.what == kind::null) {
        out.append_null();
        return std::nullopt;
    }
    if (plan_->is_array)
        return append_array(fallback.elements, false, work, out);
    if (const verdict refused = read_value(*plan_, {fallback.value}, false, work))
        return refused;
    return store(work.value, out);
}

verdict column_writer::append_array(std::span<const json::value> elements, bool with_parse,
                                    workspace& work, column_array& out)
{
    array_literal literal(out.begin_element());
    for (const json::value& element : elements) {
        if (element.what == kind::null) {
            literal.add_null();
            continue;
        }
        if (const verdict refused = read_value(*plan_, {element}, with_parse, work))
            return refused;
        literal.add(plan_->type, work.value, work.literal);
    }
    literal.end();
    out.end_element();
    return std::nullopt;
}

verdict column_writer::append_time(wall_time at, workspace& work, column_array& out)
{
    if (plan_->mask.kind == mask_kind::drop) {
        out.append_null();
        return std::nullopt;
    }
    work.value.integer =
        plan_->type == column_type::date ? days_since_2000(at) : microseconds_since_2000(at);
    if (const verdict refused = check_value(plan_->check, plan_->type, work.value))
        return refused;
    return store(work.value, out);
}

verdict column_writer::store(const typed_value& value, column_array& out)
{
    if (plan_->mask.kind != mask_kind::none)
        return store_masked(value, out);
    append_binary(plan_->type, value, out.begin_element());
    out.end_element();
    return std::nullopt;
}

// Only what a mask made may be appended here: nothing falls through to the clear value.
verdict column_writer::store_masked(const typed_value& value, column_array& out)
{
    switch (plan_->mask.kind) {
    case mask_kind::seal:
    case mask_kind::token:
        if (plan_->type == column_type::text)
            return store_replaced(mask::content::text, value.bytes, out);
        if (plan_->type == column_type::inet && value.address.is_host())
            return store_replaced(mask::content::inet, as_text(value.address.bytes()), out);
        return refuse(reason::cannot_mask, "not one address");
    case mask_kind::redact:
        out.append(redacted_text);
        return std::nullopt;
    case mask_kind::truncate_ip:
        return store_network(value, out);
    case mask_kind::drop:
        out.append_null();
        return std::nullopt;
    case mask_kind::none:
        break;
    }
    return refuse(reason::cannot_mask, "no mask");
}

verdict column_writer::store_replaced(mask::content what, std::string_view clear, column_array& out)
{
    const std::size_t size = sealer_ ? sealer_->size(clear.size()) : tokenizer_->size();
    if (const verdict refused = check_stored(size))
        return refused;
    byte_buffer& place = out.begin_element();
    const bool done =
        sealer_ ? sealer_->seal(what, clear, place) : tokenizer_->append(what, clear, place);
    if (!done)
        return refuse(reason::cannot_mask, "OpenSSL failed");
    out.end_element();
    return std::nullopt;
}

verdict column_writer::store_network(const typed_value& value, column_array& out)
{
    if (plan_->type == column_type::inet) {
        append_binary(truncated(value.address), out.begin_element());
        out.end_element();
        return std::nullopt;
    }
    network_address address;
    if (read_address(value.bytes, address))
        return refuse(reason::cannot_mask, "no IPv4 or IPv6 address");
    const std::string text = to_text(truncated(address));
    if (const verdict refused = check_stored(text.size()))
        return refused;
    out.append(text);
    return std::nullopt;
}

verdict column_writer::check_stored(std::size_t characters) const noexcept
{
    const auto& bound = plan_->mask.stored_max;
    if (!bound || characters <= *bound)
        return std::nullopt;
    return refuse(reason::too_long, "max_length {}, got {} once masked", *bound, characters);
}

} // namespace sluice::transform
