#include "transform/mask/keyring_parser.hpp"

#include "core/encoding.hpp"
#include "core/secret.hpp"

#include <boost/json/memory_resource.hpp>
#include <boost/json/parser.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <new>

namespace sluice::mask {
namespace {

namespace bj = boost::json;

constexpr std::string_view algorithm = "AES-256-SIV";
constexpr std::string_view id_alphabet = "abcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::array<std::string_view, 6> members = {"id",      "algorithm", "status",
                                                     "created", "key",       "check"};
constexpr std::size_t keys_max = 1000;

// Wipes what the parsed document held.
class wiping_resource final : public bj::memory_resource
{
    void* do_allocate(std::size_t bytes, std::size_t align) override
    {
        return ::operator new(bytes, std::align_val_t{align});
    }
    void do_deallocate(void* memory, std::size_t bytes, std::size_t align) override
    {
        cleanse(memory, bytes);
        ::operator delete(memory, bytes, std::align_val_t{align});
    }
    [[nodiscard]] bool do_is_equal(const memory_resource& other) const noexcept override
    {
        return this == &other;
    }
};

bool is_key_id(std::string_view id) noexcept
{
    return id.size() >= key_id_bytes_min && id.size() <= key_id_bytes_max &&
           id.find_first_not_of(id_alphabet) == std::string_view::npos;
}

} // namespace

void keyring_parser::fail(std::string_view what) const
{
    throw keyring_error(fmt::format("{}: {}", path_, what));
}

void keyring_parser::fail_key(std::size_t index, std::string_view what) const
{
    fail(fmt::format("key {}: {}", index + 1, what));
}

keyring keyring_parser::parse(std::string_view text) const
{
    wiping_resource memory;
    bj::parser parser(&memory);
    boost::system::error_code ec;
    parser.write(text.data(), text.size(), ec);
    if (ec)
        fail("is no JSON; restore it from its backup, or make a new one with `sluice keys "
             "generate`");
    const bj::value document = parser.release();
    const bj::object* const top = document.if_object();
    const bj::value* const list = top != nullptr ? top->if_contains("keys") : nullptr;
    const bj::array* const keys = list != nullptr ? list->if_array() : nullptr;
    if (keys == nullptr || top->size() != 1)
        fail("must be one object with one member, the array \"keys\"; see `sluice keys generate`");
    if (keys->empty() || keys->size() > keys_max)
        fail("holds no keys, or too many; make one with `sluice keys generate`");
    keyring out(keys->size());
    for (const bj::value& entry : *keys) {
        if (!entry.is_object())
            fail_key(out.keys_.size(), "is no object; give each key as {\"id\": ..., ...}");
        add_key(out, entry.get_object());
    }
    find_primary(out);
    return out;
}

void keyring_parser::add_key(keyring& into, const bj::object& from) const
{
    const std::size_t index = into.keys_.size();
    check_members(index, from);
    const std::string_view id = text_member(index, from, "id");
    if (!is_key_id(id))
        fail_key(index, "\"id\" must be 4 to 8 of a-z and 0-9; it is never changed by hand");
    if (into.find(id) != nullptr)
        fail_key(index, "\"id\" is that of another key; remove one of the two");
    if (text_member(index, from, "algorithm") != algorithm)
        fail_key(index, "\"algorithm\" must be AES-256-SIV; is this sluice older than the file?");
    const auto bytes = into.memory_.bytes().subspan(index * key_bytes, key_bytes);
    copy_key(index, text_member(index, from, "key"), text_member(index, from, "check"), bytes);
    into.keys_.push_back({.id = std::string(id),
                          .status = status_of(index, text_member(index, from, "status")),
                          .created = std::string(text_member(index, from, "created")),
                          .bytes = bytes});
}

void keyring_parser::check_members(std::size_t index, const bj::object& from) const
{
    for (const auto& member : from)
        if (std::ranges::find(members, std::string_view(member.key())) == members.end())
            fail_key(index, "has a member that is unknown; only id, algorithm, status, created, "
                            "key and check belong there");
}

std::string_view keyring_parser::text_member(std::size_t index, const bj::object& from,
                                             std::string_view name) const
{
    const bj::value* const found = from.if_contains(name);
    if (found == nullptr || !found->is_string())
        fail_key(index, fmt::format("\"{}\" is missing or no text; restore the file from its "
                                    "backup",
                                    name));
    const bj::string& text = found->get_string();
    return {text.data(), text.size()};
}

key_status keyring_parser::status_of(std::size_t index, std::string_view text) const
{
    if (text == "primary")
        return key_status::primary;
    if (text == "active")
        return key_status::active;
    if (text == "decrypt")
        return key_status::decrypt;
    fail_key(index, "\"status\" must be primary, active or decrypt");
}

void keyring_parser::copy_key(std::size_t index, std::string_view base64, std::string_view check,
                              std::span<unsigned char> into) const
{
    auto bytes = from_base64(base64);
    if (!bytes)
        fail_key(index, "\"key\" is no base64; restore the file from its backup");
    const bool fits = bytes->size() == into.size();
    if (fits)
        std::ranges::copy(*bytes, into.begin());
    const std::size_t size = bytes->size();
    cleanse(bytes->data(), size);
    if (!fits)
        fail_key(index, fmt::format("\"key\" is {} bytes long and must be {}; restore the file "
                                    "from its backup",
                                    size, key_bytes));
    if (check_value(into) != check)
        fail_key(index, "\"check\" does not belong to \"key\": one of them is damaged; restore the "
                        "file from its backup");
}

void keyring_parser::find_primary(keyring& in) const
{
    const auto is_primary = [](const key& one) { return one.status == key_status::primary; };
    switch (std::ranges::count_if(in.keys_, is_primary)) {
    case 0:
        fail("no key is primary, so nothing could be masked; set \"status\" of one to primary");
    case 1:
        break;
    default:
        fail("several keys are primary; set \"status\" of all but one to active or decrypt");
    }
    const auto it = std::ranges::find_if(in.keys_, is_primary);
    in.primary_ = static_cast<std::size_t>(it - in.keys_.begin());
}

} // namespace sluice::mask
