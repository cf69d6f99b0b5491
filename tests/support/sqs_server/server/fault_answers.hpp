// How a fault looks on the wire.
#pragma once

#include "core/asio.hpp"
#include "net/http_message.hpp"
#include "sqs_server/protocol/call.hpp"
#include "sqs_server/server/faults.hpp"

namespace sluice::sqs_server {

// Does the fault strike before the request takes effect? Then answer_without_effect is the answer.
[[nodiscard]] bool strikes_before(fault_kind kind) noexcept;

// `reset` ends a dropped connection with RST in place of FIN.
void answer_without_effect(fault_kind kind, bool reset, const net::http_request& request,
                           net::http_response& response, reply& out);

// Spoils the good answer in `response` on its way.
awaitable<void> spoil(fault_kind kind, bool reset, const net::http_request& request,
                      net::http_response& response);

} // namespace sluice::sqs_server
