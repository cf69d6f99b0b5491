// The operations on queues as such: their life, their attributes, their tags.
#include "sqs_server/model/refusal.hpp"
#include "sqs_server/protocol/handlers.hpp"
#include "sqs_server/protocol/plain_request.hpp"
#include "sqs_server/protocol/requirements.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace sluice::sqs_server {
namespace {

namespace json = boost::json;

constexpr std::int64_t listed_max = 1000;
constexpr std::size_t tags_max = 50;

std::string url_of(const call& in, const context& with, const queue& which)
{
    return queue_url(in.tls, in.host, with.of.options().id, which.name());
}

// The part of a list that MaxResults and NextToken ask for. A token is the name listed last.
struct page
{
    std::vector<queue*> queues;
    std::optional<std::string> next_token;
};

page page_of(std::vector<queue*> all, const plain_request& request)
{
    const auto limit = request.optional_integer("MaxResults");
    const auto token = request.optional_text("NextToken");
    if (limit)
        require_between("MaxResults", *limit, 1, listed_max);
    if (token && !limit)
        throw refusal(errc::invalid_parameter_value, "MaxResults is required with NextToken.");
    if (token)
        std::erase_if(all, [&](const queue* each) { return each->name() <= *token; });
    const auto size = static_cast<std::size_t>(limit.value_or(listed_max));
    page out{std::move(all), std::nullopt};
    if (out.queues.size() > size) {
        out.queues.resize(size);
        if (limit)
            out.next_token = out.queues.back()->name();
    }
    return out;
}

void append_page(context& with, const call& in, const page& from, std::string_view member,
                 byte_buffer& out)
{
    json::array urls;
    for (const queue* each : from.queues)
        urls.emplace_back(url_of(in, with, *each));
    json::object answer;
    if (!urls.empty() || member == "queueUrls")
        answer[json::string_view(member)] = std::move(urls);
    if (from.next_token)
        answer["NextToken"] = *from.next_token;
    append_json(out, answer);
}

} // namespace

void create_queue(context& with, const call& in, byte_buffer& out)
{
    const plain_request request(in.body);
    const queue& made = with.of.create(request.text("QueueName"), request.text_map("Attributes"),
                                       request.text_map("tags"), in.now);
    append_json(out, {{"QueueUrl", url_of(in, with, made)}});
}

void delete_queue(context& with, const call& in, byte_buffer&)
{
    const plain_request request(in.body);
    with.of.destroy(with.queue_at(request.text("QueueUrl")), in.now);
}

void get_queue_url(context& with, const call& in, byte_buffer& out)
{
    const plain_request request(in.body);
    const std::string name = request.text("QueueName");
    const std::string owner =
        request.optional_text("QueueOwnerAWSAccountId").value_or(with.of.options().id);
    if (owner != with.of.options().id)
        throw refusal(errc::queue_does_not_exist, "The specified queue does not exist.");
    append_json(out, {{"QueueUrl", url_of(in, with, with.of.at(name))}});
}

void get_queue_attributes(context& with, const call& in, byte_buffer& out)
{
    const plain_request request(in.body);
    queue& which = with.queue_at(request.text("QueueUrl"));
    const attribute_map all = with.of.attributes_of(which, in.now);
    attribute_map chosen;
    for (const std::string& name : request.texts("AttributeNames")) {
        if (name == "All") {
            chosen = all;
            break;
        }
        if (const auto it = all.find(name); it != all.end())
            chosen.insert(*it);
        else if (!is_queue_attribute(name))
            throw refusal(errc::invalid_attribute_name, fmt::format("Unknown Attribute {}.", name));
    }
    if (chosen.empty())
        out.append("{}");
    else
        append_json(out, {{"Attributes", to_json(chosen)}});
}

void set_queue_attributes(context& with, const call& in, byte_buffer&)
{
    const plain_request request(in.body);
    queue& which = with.queue_at(request.text("QueueUrl"));
    if (!request.has("Attributes"))
        throw missing("Attributes");
    with.of.set_attributes(which, request.text_map("Attributes"), in.now);
}

void list_queues(context& with, const call& in, byte_buffer& out)
{
    const plain_request request(in.body);
    const std::string prefix = request.optional_text("QueueNamePrefix").value_or("");
    std::vector<queue*> all = with.of.queues();
    std::erase_if(all, [&](const queue* each) { return !each->name().starts_with(prefix); });
    append_page(with, in, page_of(std::move(all), request), "QueueUrls", out);
}

void list_dead_letter_source_queues(context& with, const call& in, byte_buffer& out)
{
    const plain_request request(in.body);
    const queue& dead_letters = with.queue_at(request.text("QueueUrl"));
    // The model of SQS spells this one member in lower case.
    append_page(with, in, page_of(with.of.sources_of(dead_letters), request), "queueUrls", out);
}

void purge_queue(context& with, const call& in, byte_buffer&)
{
    const plain_request request(in.body);
    with.queue_at(request.text("QueueUrl")).purge(in.now);
}

void tag_queue(context& with, const call& in, byte_buffer&)
{
    const plain_request request(in.body);
    attribute_map& tags = with.of.tags_of(with.queue_at(request.text("QueueUrl")));
    if (!request.has("Tags"))
        throw missing("Tags");
    attribute_map merged = request.text_map("Tags");
    merged.insert(tags.begin(), tags.end()); // the new ones stand already
    if (merged.size() > tags_max)
        throw refusal(errc::invalid_parameter_value,
                      fmt::format("Too many tags added for queue; the limit is {}.", tags_max));
    tags = std::move(merged);
}

void untag_queue(context& with, const call& in, byte_buffer&)
{
    const plain_request request(in.body);
    attribute_map& tags = with.of.tags_of(with.queue_at(request.text("QueueUrl")));
    for (const std::string& key : request.texts("TagKeys"))
        tags.erase(key);
}

void list_queue_tags(context& with, const call& in, byte_buffer& out)
{
    const plain_request request(in.body);
    const attribute_map& tags = with.of.tags_of(with.queue_at(request.text("QueueUrl")));
    if (tags.empty())
        out.append("{}");
    else
        append_json(out, {{"Tags", to_json(tags)}});
}

} // namespace sluice::sqs_server
