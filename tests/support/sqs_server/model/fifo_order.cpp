#include "sqs_server/model/delivery_order.hpp"
#include "sqs_server/model/groups.hpp"

namespace sluice::sqs_server {
namespace {

struct fifo_group : message_group
{
    group_list messages; // in the order of arrival, whatever their state
};

// A receive walks one group from its head and stops at the first message that is not visible;
// then it goes to the next group. So a group is ready as long as its head is visible, whatever
// stands behind: the lock of a group is its head, not its members.
class fifo_order final : public delivery_order
{
public:
    void entered(message& what) override
    {
        fifo_group& group = groups_.join(what);
        group.messages.push_back(what);
        look_at_head(group);
    }

    void changed(message& what, message_state) override { look_at_head(group_of(what)); }

    void leaving(message& what) override
    {
        fifo_group& group = group_of(what);
        if (walked_ == &group && walk_ != group.messages.end() && &*walk_ == &what)
            ++walk_;
        group.messages.erase(group.messages.iterator_to(what));
        look_at_head(group);
        if (groups_.leave(what) && walked_ == &group)
            walked_ = nullptr;
    }

    void begin() override { walked_ = nullptr; }

    [[nodiscard]] message* next(std::uint64_t last) override
    {
        if (walked_ != nullptr && walk_ != walked_->messages.end() &&
            walk_->state == message_state::visible)
            return &*walk_++;
        walked_ = nullptr;
        if (groups_.ready().empty() || groups_.ready().begin()->first > last)
            return nullptr;
        walked_ = static_cast<fifo_group*>(&*groups_.ready().begin());
        walk_ = walked_->messages.begin();
        return &*walk_++;
    }

private:
    static fifo_group& group_of(message& what) noexcept
    {
        return static_cast<fifo_group&>(*what.group);
    }

    void look_at_head(fifo_group& group)
    {
        const bool ready =
            !group.messages.empty() && group.messages.front().state == message_state::visible;
        groups_.set_first(group, ready ? &group.messages.front() : nullptr);
    }

    group_map<fifo_group> groups_;
    fifo_group* walked_ = nullptr; // the group that this receive is in
    group_list::iterator walk_;    // its next message
};

} // namespace

std::unique_ptr<delivery_order> make_fifo_order()
{
    return std::make_unique<fifo_order>();
}

} // namespace sluice::sqs_server
