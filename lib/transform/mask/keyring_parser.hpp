// Reads the text of a keyring file. Included by keyring.cpp alone.
#pragma once

#include "transform/mask/keyring.hpp"

#include <boost/json/object.hpp>

namespace sluice::mask {

class keyring_parser
{
public:
    explicit keyring_parser(std::string path) : path_(std::move(path)) {}

    // Throws keyring_error. `text` is wiped by its owner; whatever is copied from it is wiped here.
    [[nodiscard]] keyring parse(std::string_view text) const;

private:
    [[noreturn]] void fail(std::string_view what) const;
    [[noreturn]] void fail_key(std::size_t index, std::string_view what) const;
    void add_key(keyring& into, const boost::json::object& from) const;
    [[nodiscard]] std::string_view text_member(std::size_t index, const boost::json::object& from,
                                               std::string_view name) const;
    void check_members(std::size_t index, const boost::json::object& from) const;
    [[nodiscard]] key_status status_of(std::size_t index, std::string_view text) const;
    void copy_key(std::size_t index, std::string_view base64, std::string_view check,
                  std::span<unsigned char> into) const;
    void find_primary(keyring& in) const;

    std::string path_;
};

} // namespace sluice::mask
