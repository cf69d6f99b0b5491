// The messages of a receive response: found in place, or parsed into a tree.
#include "source/sqs/envelope.hpp"

#include "measure.hpp"
#include "samples.hpp"

#include <boost/json.hpp>

#include <array>
#include <string_view>

namespace sluice::micro {
namespace {

// How many bytes of the tree a consumer would read: enough that nothing is left out.
std::size_t read_fields(const boost::json::value& response)
{
    std::size_t bytes = 0;
    for (const boost::json::value& each : response.at("Messages").as_array()) {
        for (const char* const name : {"MessageId", "ReceiptHandle", "MD5OfBody", "Body"})
            bytes += each.at(name).as_string().size();
        for (const char* const name : {"SentTimestamp", "ApproximateReceiveCount"})
            bytes += each.at("Attributes").at(name).as_string().size();
    }
    return bytes;
}

void ours(benchmark::State& state)
{
    const std::string response = receive_response();
    delivery into;
    receive_into(into, response);
    const boost::json::value tree = boost::json::parse(response);
    for (std::size_t i = 0; i < logins; ++i) {
        const boost::json::value& expected = tree.at("Messages").at(i);
        const message& found = into.messages[i];
        check(found.id == expected.at("MessageId").as_string(), "the id is found");
        check(found.receipt_handle == expected.at("ReceiptHandle").as_string(), "the handle is");
        check(boost::json::parse('"' + std::string(found.body_token) + '"').as_string() ==
                  expected.at("Body").as_string(),
              "the body is");
        check(found.receive_count == 1, "the receive count is");
    }
    measure(state, logins,
            [&] { benchmark::DoNotOptimize(sqs::index_messages(into, response.size())); });
}
BENCHMARK(ours)->Name("envelope/ours, bodies left escaped");

void boost_json(benchmark::State& state)
{
    const std::string response = receive_response();
    measure(state, logins,
            [&] { benchmark::DoNotOptimize(read_fields(boost::json::parse(response))); });
}
BENCHMARK(boost_json)->Name("envelope/boost::json::parse");

// With all the care that its users can take: one parser, and memory that is never given back.
void boost_json_arena(benchmark::State& state)
{
    const std::string response = receive_response();
    static std::array<unsigned char, 1 << 16> memory;
    std::array<unsigned char, 4096> scratch;
    boost::json::parser parser({}, {}, scratch.data(), scratch.size());
    measure(state, logins, [&] {
        boost::json::monotonic_resource arena(memory.data(), memory.size());
        parser.reset(&arena);
        parser.write(response);
        benchmark::DoNotOptimize(read_fields(parser.release()));
    });
}
BENCHMARK(boost_json_arena)->Name("envelope/boost::json, one parser, an arena");

} // namespace
} // namespace sluice::micro
