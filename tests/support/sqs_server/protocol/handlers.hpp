// The operations, each a function from a call to the body of its answer. They throw refusal.
#pragma once

#include "sqs_server/protocol/call.hpp"
#include "sqs_server/protocol/context.hpp"

namespace sluice::sqs_server {

using handler = void (*)(context&, const call&, byte_buffer& out);

// send.cpp
void send_message(context& with, const call& in, byte_buffer& out);
void send_message_batch(context& with, const call& in, byte_buffer& out);

// receive.cpp
void receive_message(context& with, const call& in, byte_buffer& out); // does not wait

// receipts.cpp
void delete_message(context& with, const call& in, byte_buffer& out);
void delete_message_batch(context& with, const call& in, byte_buffer& out);
void change_message_visibility(context& with, const call& in, byte_buffer& out);
void change_message_visibility_batch(context& with, const call& in, byte_buffer& out);

// queues.cpp
void create_queue(context& with, const call& in, byte_buffer& out);
void delete_queue(context& with, const call& in, byte_buffer& out);
void get_queue_attributes(context& with, const call& in, byte_buffer& out);
void get_queue_url(context& with, const call& in, byte_buffer& out);
void list_dead_letter_source_queues(context& with, const call& in, byte_buffer& out);
void list_queue_tags(context& with, const call& in, byte_buffer& out);
void list_queues(context& with, const call& in, byte_buffer& out);
void purge_queue(context& with, const call& in, byte_buffer& out);
void set_queue_attributes(context& with, const call& in, byte_buffer& out);
void tag_queue(context& with, const call& in, byte_buffer& out);
void untag_queue(context& with, const call& in, byte_buffer& out);

// tasks.cpp
void start_message_move_task(context& with, const call& in, byte_buffer& out);
void list_message_move_tasks(context& with, const call& in, byte_buffer& out);
void cancel_message_move_task(context& with, const call& in, byte_buffer& out);

} // namespace sluice::sqs_server
