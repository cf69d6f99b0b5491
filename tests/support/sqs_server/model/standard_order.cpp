#include "sqs_server/model/delivery_order.hpp"
#include "sqs_server/model/groups.hpp"

#include <vector>

namespace sluice::sqs_server {
namespace {

// Fair queues: a tenant is noisy that holds more than a tenth of what is in flight, and no less
// than this. SQS also weighs consumer time; its thresholds are approximate.
constexpr std::size_t noisy_in_flight_min = 30;
constexpr std::size_t noisy_share = 10;

struct tenant : message_group
{
    visible_set visible;
    std::size_t in_flight = 0;
};

class sent_order final : public delivery_order
{
public:
    void entered(message& what) override
    {
        if (!what.group_id().empty())
            tenants_.join(what);
        if (what.state == message_state::visible)
            show(what);
    }

    void changed(message& what, message_state before) override
    {
        count(what, before, -1);
        count(what, what.state, +1);
        if (before == message_state::visible)
            hide(what);
        if (what.state == message_state::visible)
            show(what);
    }

    void leaving(message& what) override
    {
        count(what, what.state, -1);
        if (what.state == message_state::visible)
            hide(what);
        if (what.group != nullptr)
            tenants_.leave(what);
    }

    [[nodiscard]] message* next(std::uint64_t last) override
    {
        message* best = first_of(alone_);
        const tenant* noisy = nullptr; // the first of them: only if nobody quiet has anything
        // No more than nine tenants can hold more than a tenth each: the loop is short.
        for (message_group& group : tenants_.ready()) {
            auto& candidate = static_cast<tenant&>(group);
            if (is_noisy(candidate)) {
                noisy = noisy == nullptr ? &candidate : noisy;
                continue;
            }
            if (best == nullptr || candidate.first < best->number)
                best = first_of(candidate.visible);
            break;
        }
        if (best == nullptr && noisy != nullptr)
            best = first_of(const_cast<tenant*>(noisy)->visible);
        return best != nullptr && best->number <= last ? best : nullptr;
    }

private:
    static message* first_of(visible_set& set) noexcept
    {
        return set.empty() ? nullptr : &*set.begin();
    }

    [[nodiscard]] bool is_noisy(const tenant& of) const noexcept
    {
        return of.in_flight >= noisy_in_flight_min && of.in_flight * noisy_share > in_flight_;
    }

    visible_set& set_of(message& what) noexcept
    {
        return what.group == nullptr ? alone_ : static_cast<tenant*>(what.group)->visible;
    }

    void show(message& what)
    {
        visible_set& set = set_of(what);
        insert_late(set, what);
        if (what.group != nullptr)
            tenants_.set_first(*what.group, &*set.begin());
    }

    void hide(message& what)
    {
        visible_set& set = set_of(what);
        set.erase(set.iterator_to(what));
        if (what.group != nullptr)
            tenants_.set_first(*what.group, first_of(set));
    }

    void count(const message& what, message_state state, int step) noexcept
    {
        if (state != message_state::in_flight)
            return;
        in_flight_ += step;
        if (what.group != nullptr)
            static_cast<tenant*>(what.group)->in_flight += step;
    }

    visible_set alone_; // without a group id every message is its own tenant, and quiet
    group_map<tenant> tenants_;
    std::size_t in_flight_ = 0;
};

class random_order final : public delivery_order
{
public:
    explicit random_order(random_source& random) : random_(random) {}

    void entered(message& what) override
    {
        if (what.state == message_state::visible)
            show(what);
    }

    void changed(message& what, message_state before) override
    {
        if (before == message_state::visible)
            hide(what);
        if (what.state == message_state::visible)
            show(what);
    }

    void leaving(message& what) override
    {
        if (what.state == message_state::visible)
            hide(what);
    }

    [[nodiscard]] message* next(std::uint64_t) override
    {
        return visible_.empty() ? nullptr : visible_[random_.below(visible_.size())];
    }

private:
    void show(message& what)
    {
        what.position = static_cast<std::uint32_t>(visible_.size());
        visible_.push_back(&what);
    }

    void hide(message& what)
    {
        visible_[what.position] = visible_.back();
        visible_[what.position]->position = what.position;
        visible_.pop_back();
    }

    random_source& random_;
    std::vector<message*> visible_;
};

} // namespace

std::unique_ptr<delivery_order> make_sent_order()
{
    return std::make_unique<sent_order>();
}

std::unique_ptr<delivery_order> make_random_order(random_source& random)
{
    return std::make_unique<random_order>(random);
}

} // namespace sluice::sqs_server
