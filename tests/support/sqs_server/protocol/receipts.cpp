// DeleteMessage, ChangeMessageVisibility and their batches: what a consumer does with a handle.
#include "sqs_server/protocol/batch.hpp"
#include "sqs_server/protocol/handlers.hpp"
#include "sqs_server/protocol/requirements.hpp"

#include <fmt/format.h>

#include <array>

namespace sluice::sqs_server {
namespace {

// The views live in the reader.
struct entry
{
    std::string_view id;
    std::string_view handle;
    std::optional<std::int64_t> visibility;
};

void read_field(entry& into, std::string_view name, json_value value)
{
    if (name == "ReceiptHandle")
        into.handle = value.get_string();
    else if (name == "Id")
        into.id = value.get_string();
    else if (name == "VisibilityTimeout")
        into.visibility = value.get_int64();
}

struct request
{
    std::string_view url;
    std::array<entry, batch_entries_max> entries;
    std::size_t count = 0; // may exceed the entries: the surplus is only counted
};

request read_one(context& with, std::string_view body)
{
    request out;
    out.count = 1;
    with.reader.read(body, [&](std::string_view name, json_value value) {
        if (name == "QueueUrl")
            out.url = value.get_string();
        else
            read_field(out.entries[0], name, value);
    });
    return out;
}

request read_batch(context& with, std::string_view body)
{
    request out;
    with.reader.read(body, [&](std::string_view name, json_value value) {
        if (name == "QueueUrl")
            out.url = value.get_string();
        else if (name == "Entries")
            for_each_element(value, [&](json_value element) {
                entry surplus;
                entry& into = out.count < out.entries.size() ? out.entries[out.count] : surplus;
                ++out.count;
                for_each_field(element.get_object(),
                               [&](std::string_view member, json_value inner) {
                                   read_field(into, member, inner);
                               });
            });
    });
    return out;
}

void require_batch(const request& what)
{
    std::array<std::string_view, batch_entries_max> ids;
    const std::size_t known = std::min(what.count, ids.size());
    for (std::size_t i = 0; i < known; ++i)
        ids[i] = what.entries[i].id;
    if (what.count > ids.size()) {
        const std::vector<std::string_view> too_many(what.count);
        sqs_server::require_batch(too_many);
    }
    sqs_server::require_batch(std::span(ids).first(known));
}

receipt receipt_of(std::string_view handle)
{
    if (handle.empty())
        throw missing("ReceiptHandle");
    if (const auto by = read_handle(handle))
        return *by;
    throw refusal(
        errc::receipt_handle_is_invalid,
        fmt::format("The input receipt handle \"{}\" is not a valid receipt handle.", handle));
}

void remove(queue& from, const entry& what, wall_time now)
{
    from.remove(receipt_of(what.handle), now);
}

void change_visibility(queue& of, const entry& what, wall_time now)
{
    if (!what.visibility)
        throw missing("VisibilityTimeout");
    require_between("VisibilityTimeout", *what.visibility, 0, visibility_max.count());
    of.change_visibility(receipt_of(what.handle), seconds(*what.visibility), now);
}

template <class Action>
void for_batch(context& with, const call& in, byte_buffer& out, Action act)
{
    const request what = read_batch(with, in.body);
    queue& of = with.queue_at(what.url);
    require_batch(what);
    batch_answer answer(out);
    for (std::size_t i = 0; i < what.count; ++i) {
        const entry& each = what.entries[i];
        if (in.faults.fails(i)) {
            answer.failed_by_fault(each.id);
            continue;
        }
        try {
            act(of, each, in.now);
            answer.succeeded(each.id);
        } catch (const refusal& why) {
            answer.failed(each.id, why);
        }
    }
    answer.finish();
}

} // namespace

void delete_message(context& with, const call& in, byte_buffer&)
{
    const request what = read_one(with, in.body);
    remove(with.queue_at(what.url), what.entries[0], in.now);
}

void delete_message_batch(context& with, const call& in, byte_buffer& out)
{
    for_batch(with, in, out, remove);
}

void change_message_visibility(context& with, const call& in, byte_buffer&)
{
    const request what = read_one(with, in.body);
    change_visibility(with.queue_at(what.url), what.entries[0], in.now);
}

void change_message_visibility_batch(context& with, const call& in, byte_buffer& out)
{
    for_batch(with, in, out, change_visibility);
}

} // namespace sluice::sqs_server
