// The queues of one account in one region, and what happens between them: redrive to a dead-letter
// queue, and move tasks out of one. As the queue, it performs no I/O and reads no clock.
#pragma once

#include "sqs_server/model/move_tasks.hpp"
#include "sqs_server/model/queue.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::sqs_server {

inline constexpr std::chrono::seconds deleted_name_rests{60};

struct account_options
{
    std::string region = "us-east-1";
    std::string id = "000000000000";
    std::uint64_t seed = 0;
    queue_behaviour behaviour;
};

class account
{
public:
    // The observer must outlive the account.
    account(account_options options, observer& watcher);

    [[nodiscard]] const account_options& options() const noexcept { return options_; }

    // Makes the queue, or returns the one that has this name and these attributes.
    queue& create(const std::string& name, const attribute_map& given, const attribute_map& tags,
                  wall_time now);
    void destroy(queue& which, wall_time now);

    [[nodiscard]] queue* find(std::string_view name) noexcept;
    [[nodiscard]] queue& at(std::string_view name); // throws QueueDoesNotExist
    [[nodiscard]] queue* find_arn(std::string_view arn) noexcept;
    [[nodiscard]] std::vector<queue*> queues() noexcept; // by name
    // The queues whose dead-letter queue this is.
    [[nodiscard]] std::vector<queue*> sources_of(const queue& dead_letters) noexcept;

    void set_attributes(queue& which, const attribute_map& given, wall_time now);
    [[nodiscard]] attribute_map attributes_of(queue& which, wall_time now);
    [[nodiscard]] attribute_map& tags_of(const queue& which);

    void receive(queue& from, const receive_options& options, wall_time now,
                 std::vector<received_message>& out);

    [[nodiscard]] move_tasks& tasks() noexcept { return tasks_; }

private:
    struct owned_queue
    {
        std::unique_ptr<queue> what;
        attribute_map tags;
    };

    void check_redrive(const queue_settings& settings, std::string_view source_arn);
    [[nodiscard]] std::string arn_of(std::string_view name) const;

    account_options options_;
    observer& watcher_;
    random_source random_;
    std::uint32_t last_queue_ = 0;
    std::map<std::string, owned_queue, std::less<>> queues_;
    std::map<std::string, wall_time, std::less<>> deleted_; // and when
    move_tasks tasks_;
};

} // namespace sluice::sqs_server
