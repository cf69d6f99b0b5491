#include "sqs_server/protocol/batch.hpp"

#include "sqs_server/protocol/json_text.hpp"

namespace sluice::sqs_server {

batch_answer::batch_answer(byte_buffer& out) : out_(out)
{
    out_.append("{\"Successful\":[");
}

void batch_answer::succeeded(std::string_view id)
{
    begin_succeeded(id);
    out_.push_back('}');
}

// Ids are checked to be letters, digits, hyphens and underscores: no need to escape.
void batch_answer::begin_succeeded(std::string_view id)
{
    append_separator(out_);
    append_all(out_, "{\"Id\":\"", id, "\"");
}

void batch_answer::failed(std::string_view id, const refusal& why)
{
    const error_form& form = form_of(why.code());
    if (!failed_.empty())
        failed_.push_back(',');
    append_all(failed_, "{\"Id\":\"", id,
               "\",\"SenderFault\":", form.sender_fault ? "true" : "false", ",\"Code\":\"",
               form.legacy_code, "\",\"Message\":\"");
    append_escaped(failed_, why.message());
    failed_.append("\"}");
}

void batch_answer::failed_by_fault(std::string_view id)
{
    failed(id, refusal(errc::internal_error, "This entry failed by an injected fault."));
}

void batch_answer::finish()
{
    out_.push_back(']');
    if (!failed_.empty())
        append_all(out_, ",\"Failed\":[", failed_.view(), "]");
    out_.push_back('}');
}

} // namespace sluice::sqs_server
