// Queues as an account has them: names, attributes, life and death.
#include "world.hpp"

#include <fmt/format.h>

namespace sluice::sqs_server {
namespace {

std::string long_name(std::size_t characters)
{
    return fmt::format("{:x<{}}", "", characters);
}

errc code_of(world& w, const std::string& name, const attribute_map& attributes)
{
    return refused([&] { w.box.create(name, attributes, {}, w.now); }).code();
}

} // namespace

TEST_CASE("account: a new queue has the defaults of SQS")
{
    world w;
    queue& q = w.make("q");
    const attribute_map all = w.box.attributes_of(q, w.now);
    const attribute_map expected = {
        {"ApproximateNumberOfMessages", "0"},
        {"ApproximateNumberOfMessagesDelayed", "0"},
        {"ApproximateNumberOfMessagesNotVisible", "0"},
        {"CreatedTimestamp", "1768469400"},
        {"DelaySeconds", "0"},
        {"LastModifiedTimestamp", "1768469400"},
        {"MaximumMessageSize", "1048576"},
        {"MessageRetentionPeriod", "345600"},
        {"QueueArn", "arn:aws:sqs:us-east-1:000000000000:q"},
        {"ReceiveMessageWaitTimeSeconds", "0"},
        {"SqsManagedSseEnabled", "true"},
        {"VisibilityTimeout", "30"},
    };
    CHECK(all == expected);
}

TEST_CASE("account: a fifo queue has its own attributes besides")
{
    world w;
    const attribute_map all = w.box.attributes_of(w.make("q.fifo"), w.now);
    CHECK(all.at("FifoQueue") == "true");
    CHECK(all.at("ContentBasedDeduplication") == "false");
    CHECK(all.at("DeduplicationScope") == "queue");
    CHECK(all.at("FifoThroughputLimit") == "perQueue");
}

TEST_CASE("account: attributes change, and the time of the change shows")
{
    world w;
    queue& q = w.make("q");
    w.pass(seconds(10));
    w.box.set_attributes(q, {{"VisibilityTimeout", "69"}, {"KmsMasterKeyId", "key"}}, w.now);
    const attribute_map all = w.box.attributes_of(q, w.now);
    CHECK(all.at("VisibilityTimeout") == "69");
    CHECK(all.at("KmsDataKeyReusePeriodSeconds") == "300");
    CHECK(all.at("SqsManagedSseEnabled") == "false");
    CHECK(all.at("LastModifiedTimestamp") == "1768469410");
    CHECK(all.at("CreatedTimestamp") == "1768469400");
}

TEST_CASE("account: every attribute refuses what is out of its range")
{
    world w;
    queue& q = w.make("q.fifo");
    const std::vector<std::pair<std::string, std::vector<std::string>>> bad = {
        {"VisibilityTimeout", {"-1", "43201", "x", "", "1.5", "99999999999999999999"}},
        {"MaximumMessageSize", {"1023", "1048577"}},
        {"MessageRetentionPeriod", {"59", "1209601"}},
        {"DelaySeconds", {"-1", "901"}},
        {"ReceiveMessageWaitTimeSeconds", {"-1", "21"}},
        {"KmsDataKeyReusePeriodSeconds", {"59", "86401"}},
        {"SqsManagedSseEnabled", {"yes"}},
        {"FifoQueue", {"false"}},
        {"ContentBasedDeduplication", {"TRUE"}},
        {"DeduplicationScope", {"group"}},
        {"FifoThroughputLimit", {"none", "perMessageGroupId"}}, // the last needs its scope
    };
    for (const auto& [name, values] : bad)
        for (const std::string& value : values) {
            INFO(name << "=" << value);
            CHECK(refused([&] { w.box.set_attributes(q, {{name, value}}, w.now); }).code() ==
                  errc::invalid_attribute_value);
        }
    CHECK_NOTHROW(w.box.set_attributes(
        q, {{"FifoThroughputLimit", "perMessageGroupId"}, {"DeduplicationScope", "messageGroup"}},
        w.now));
}

TEST_CASE("account: attributes that a standard queue does not have are refused")
{
    world w;
    CHECK(code_of(w, "q", {{"FifoQueue", "false"}}) == errc::invalid_attribute_name);
    CHECK(code_of(w, "q", {{"ContentBasedDeduplication", "true"}}) == errc::invalid_attribute_name);
    CHECK(code_of(w, "q", {{"Unheard", "of"}}) == errc::invalid_attribute_name);
    CHECK(code_of(w, "q", {{"QueueArn", "x"}}) == errc::invalid_attribute_name);
    CHECK(refused([&] { w.make("q", {{"DeduplicationScope", "queue"}}); }).message() ==
          "You can specify the DeduplicationScope only when FifoQueue is set to true.");
    CHECK(w.box.queues().empty());
}

TEST_CASE("account: names are short, plain, and end in .fifo exactly on fifo queues")
{
    world w;
    for (const char* bad : {"", "a b", "a/b", "q.fifo", "q\xc3\xa4"}) {
        INFO(bad);
        CHECK(code_of(w, bad, {}) == errc::invalid_parameter_value);
    }
    CHECK(code_of(w, long_name(81), {}) == errc::invalid_parameter_value);
    const attribute_map fifo = {{"FifoQueue", "true"}};
    for (const char* bad : {"q", ".fifo", "a b.fifo"}) {
        INFO(bad);
        CHECK(code_of(w, bad, fifo) == errc::invalid_parameter_value);
    }
    CHECK(code_of(w, long_name(76) + ".fifo", fifo) == errc::invalid_parameter_value);
    CHECK_NOTHROW(w.make(long_name(80)));
    CHECK_NOTHROW(w.make(long_name(75) + ".fifo"));
}

TEST_CASE("account: creating a queue again returns it, unless the attributes differ")
{
    world w;
    queue& q = w.make("q", {{"DelaySeconds", "5"}});
    CHECK(&w.make("q") == &q);
    CHECK(&w.make("q", {{"DelaySeconds", "5"}, {"VisibilityTimeout", "30"}}) == &q);
    const refusal error = refused([&] { w.make("q", {{"DelaySeconds", "6"}}); });
    CHECK(error.code() == errc::queue_name_exists);
    CHECK(error.message() == "A queue already exists with the same name and a different value for "
                             "attribute DelaySeconds");
}

TEST_CASE("account: a deleted queue is gone, and its name rests for a minute")
{
    world w;
    queue& q = w.make("q");
    w.send(q, "a");
    w.box.destroy(q, w.now);
    CHECK(w.count(event_kind::purged) == 1);
    CHECK(refused([&] { static_cast<void>(w.box.at("q")); }).code() == errc::queue_does_not_exist);
    w.pass(seconds(59));
    CHECK(code_of(w, "q", {}) == errc::queue_deleted_recently);
    w.pass(seconds(1));
    CHECK(w.make("q").counts().visible == 0);
}

TEST_CASE("account: a handle does not outlive its queue into one of the same name")
{
    world w;
    queue& q = w.make("q");
    w.send(q, "a");
    const held got = w.take(q);
    w.box.destroy(q, w.now);
    w.pass(minutes(1));
    queue& reborn = w.make("q");
    w.send(reborn, "b");
    w.take(reborn);
    CHECK(refused([&] { reborn.remove(got.by, w.now); }).code() == errc::receipt_handle_is_invalid);
}

TEST_CASE("account: queues are found by name and by ARN, and listed in order")
{
    world w;
    queue& b = w.make("b");
    queue& a = w.make("a");
    CHECK(w.box.find("b") == &b);
    CHECK(w.box.find("c") == nullptr);
    CHECK(w.box.find_arn(a.arn()) == &a);
    CHECK(w.box.find_arn("arn:aws:sqs:eu-west-1:000000000000:a") == nullptr);
    CHECK(w.box.find_arn("a") == nullptr);
    CHECK(w.box.queues() == std::vector<queue*>{&a, &b});
}

TEST_CASE("account: the same seed gives the same message ids")
{
    const auto first_id = [](std::uint64_t seed) {
        world w({}, seed);
        return w.send(w.make("q"), "a").id.text();
    };
    CHECK(first_id(3) == first_id(3));
    CHECK(first_id(3) != first_id(4));
}

} // namespace sluice::sqs_server
