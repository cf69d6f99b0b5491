#include "daemon/init/sample_records.hpp"

#include "daemon/send/message_lines.hpp"
#include "transform/body_envelope.hpp"
#include "transform/json/reader.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>

#include <array>
#include <optional>
#include <utility>
#include <vector>

namespace sluice::daemon {

using config::body_encoding;
using config::body_format;
using transform::reason;
using transform::verdict;

namespace {

// ---- what the AWS CLI prints
// ---------------------------------------------------------------------

const boost::json::string* body_of(const boost::json::value& message)
{
    const auto* const object = message.if_object();
    const auto* const body = object != nullptr ? object->if_contains("Body") : nullptr;
    return body != nullptr && object->contains("ReceiptHandle") ? body->if_string() : nullptr;
}

// The bodies, if the document is the answer of a receive, or a message of one.
std::optional<std::vector<std::string>> received_bodies(std::string_view document)
{
    if (document.find("\"ReceiptHandle\"") == std::string_view::npos)
        return std::nullopt;
    boost::json::error_code ec;
    const boost::json::value whole = boost::json::parse({document.data(), document.size()}, ec);
    if (ec || !whole.is_object())
        return std::nullopt;
    if (const auto* const body = body_of(whole))
        return std::vector{std::string(*body)};
    const auto* const messages = whole.as_object().if_contains("Messages");
    if (messages == nullptr || !messages->is_array())
        return std::nullopt;
    std::vector<std::string> out;
    for (const boost::json::value& each : messages->get_array())
        if (const auto* const body = body_of(each))
            out.emplace_back(*body);
    return out.empty() ? std::nullopt : std::optional(std::move(out));
}

// ---- what producers wrap a record in
// -------------------------------------------------------------

// One way to wrap it.
struct wrapping
{
    wrapping(config::body_form how, std::size_t depth_max, const char* what)
        : form(how), name(what), envelope(how, depth_max)
    {}

    config::body_form form;
    const char* name;
    transform::body_envelope envelope;
};

class record_opener
{
public:
    struct opened
    {
        const wrapping* how = nullptr; // null: not wrapped in any known way
        std::string_view record;
        verdict refused;
    };

    // json::padding_bytes must follow the body.
    [[nodiscard]] opened open(std::string_view body)
    {
        verdict refused;
        for (wrapping& each : ways_) {
            refused = each.envelope.open(body);
            if (refused)
                continue;
            refused = reader_.read(each.envelope.record());
            if (!refused)
                refused = reader_.flaw_of(reader_.at(whole_));
            if (!refused || refused->why != reason::not_json_object)
                return {&each, each.envelope.record(), refused};
        }
        return {nullptr, {}, refused};
    }

private:
    static constexpr sluice::json::reader::options reading{};

    [[nodiscard]] static wrapping way(body_format format, body_encoding encoding, const char* name)
    {
        return {{format, encoding}, reading.depth_max, name};
    }

    // The record itself comes last: a notification is a JSON object, too.
    std::array<wrapping, 4> ways_{
        way(body_format::sns_json, body_encoding::plain, "an SNS notification"),
        way(body_format::sns_json, body_encoding::base64_gzip,
            "an SNS notification of base64+gzip"),
        way(body_format::json, body_encoding::base64_gzip, "base64+gzip"),
        way(body_format::json, body_encoding::plain, "a bare record")};
    sluice::json::path_trie paths_;
    sluice::json::slot whole_ = paths_.add({}); // stored whole, so that all of it must be storable
    sluice::json::reader reader_{(paths_.compile(), paths_), reading};
};

// ---- lines
// ---------------------------------------------------------------------------------------

class sample_reading
{
public:
    sample_reading(std::istream& in, const sample_ports& to) : lines_(in), to_(to) {}

    samples_read run()
    {
        bool last = false;
        while (!last && !result_.is_cut) {
            line_batch batch = lines_.next();
            last = batch.last;
            for (const refused_line& each : batch.refused)
                to_.refuse(each.number, each.why);
            for (message_line& each : batch.lines)
                if (!is_full())
                    take_line(each);
        }
        if (spread_)
            refuse(spread_->number, "begins an object that has no end; write a } at its end");
        result_.is_broken = lines_.broken();
        return result_;
    }

private:
    void take_line(message_line& line);
    void take_document(std::uint64_t number, std::string& document);
    void take_body(std::uint64_t number, std::string& body);

    void refuse(std::uint64_t line, const std::string& why) { to_.refuse(line, why); }

    bool is_full()
    {
        result_.is_cut =
            result_.is_cut || result_.records == samples_max || bytes_ > sample_bytes_max;
        return result_.is_cut;
    }

    message_lines lines_;
    const sample_ports& to_;
    record_opener opener_;
    std::optional<message_line> spread_; // a document whose end has not come
    const wrapping* how_ = nullptr;      // of the first record
    std::size_t bytes_ = 0;
    samples_read result_;
};

// A document that is spread over lines begins with a line of { and ends with one of }.
void sample_reading::take_line(message_line& line)
{
    if (line.body.ends_with('\r'))
        line.body.pop_back();
    if (!spread_ && line.body != "{")
        return take_document(line.number, line.body);
    if (!spread_) {
        spread_ = std::move(line);
        return;
    }
    spread_->body += "\n" + line.body;
    if (spread_->body.size() > spread_bytes_max) {
        refuse(spread_->number, fmt::format("begins an object of more than {} bytes; write one "
                                            "message a line",
                                            spread_bytes_max));
        spread_.reset();
    } else if (line.body == "}") {
        message_line whole = std::move(*spread_);
        spread_.reset();
        take_document(whole.number, whole.body);
    }
}

void sample_reading::take_document(std::uint64_t number, std::string& document)
{
    bytes_ += document.size();
    auto bodies = received_bodies(document);
    if (!bodies)
        return take_body(number, document);
    for (std::string& body : *bodies)
        take_body(number, body);
}

void sample_reading::take_body(std::uint64_t number, std::string& body)
{
    if (is_full())
        return;
    const std::size_t size = body.size();
    body.append(sluice::json::padding_bytes, '\0');
    const record_opener::opened got = opener_.open(std::string_view(body).substr(0, size));
    if (got.refused) {
        refuse(number, fmt::format("would be a dead letter, {} ({}); correct it, or leave it out",
                                   to_string(got.refused->why), detail_of(*got.refused)));
    } else if (how_ != nullptr && how_ != got.how) {
        refuse(number, fmt::format("is {}, and those before it are not: {}; put what comes from "
                                   "one queue into a file",
                                   got.how->name, how_->name));
    } else {
        how_ = got.how;
        result_.form = got.how->form;
        ++result_.records;
        to_.take(got.record);
    }
}

} // namespace

samples_read read_samples(std::istream& in, const sample_ports& to)
{
    return sample_reading(in, to).run();
}

} // namespace sluice::daemon
