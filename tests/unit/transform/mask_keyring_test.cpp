#include "core/encoding.hpp"
#include "transform/mask/keyring.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace {

using namespace sluice;
using namespace sluice::mask;

class folder
{
public:
    folder()
    {
        std::string name = (std::filesystem::temp_directory_path() / "keyring.XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    folder(const folder&) = delete;
    folder& operator=(const folder&) = delete;
    ~folder() { std::filesystem::remove_all(path_); }

    [[nodiscard]] std::string operator/(const char* name) const { return path_ / name; }
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

std::string read(const std::string& path)
{
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
}

struct key_text
{
    std::string id = "k7q2m9";
    std::string algorithm = "AES-256-SIV";
    std::string status = "primary";
    std::string key = to_base64(byte_string(64, 'k'));
    std::string check = check_value(byte_string(64, 'k'));
    std::string more = "";

    [[nodiscard]] std::string text() const
    {
        return fmt::format(R"({{"id":"{}","algorithm":"{}","status":"{}",)"
                           R"("created":"2025-11-20T12:00:00Z","key":"{}","check":"{}"{}}})",
                           id, algorithm, status, key, check, more);
    }
};

std::string ring(std::initializer_list<key_text> keys)
{
    std::string list;
    for (const key_text& each : keys)
        list += (list.empty() ? "" : ",") + each.text();
    return "{\"keys\":[" + list + "]}";
}

// Writes the file and loads it; returns what was said, or nothing.
std::string complaint(const std::string& content, mode_t mode = 0640)
{
    const folder at;
    const std::string path = at / "keyring.json";
    std::ofstream(path) << content;
    REQUIRE(::chmod(path.c_str(), mode) == 0);
    try {
        static_cast<void>(keyring::load(path));
    } catch (const keyring_error& error) {
        const std::string text = error.what();
        CHECK(text.starts_with(path + ": "));
        CHECK(text.find(to_base64(byte_string(64, 'k')).substr(0, 20)) == std::string::npos);
        return text.substr(path.size() + 2);
    }
    return {};
}

} // namespace

TEST_CASE("keyring: a generated file is loaded, and is the owner's alone")
{
    const folder at;
    const std::string path = at / "keyring.json";
    generate_keyring(path, wall_time(std::chrono::milliseconds(1763640000123)));
    struct stat status{};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0600);
    const keyring keys = keyring::load(path);
    REQUIRE(keys.keys().size() == 1);
    CHECK(keys.primary().created == "2025-11-20T12:00:00Z");
    CHECK(keys.primary().bytes.size() == key_bytes);
    CHECK(keys.find(keys.primary().id) == &keys.primary());
    CHECK(keys.find("nobody") == nullptr);
    CHECK(std::distance(std::filesystem::directory_iterator(at.path()), {}) == 1);
}

TEST_CASE("keyring: generate never overwrites, and leaves nothing behind")
{
    const folder at;
    const std::string path = at / "keyring.json";
    std::ofstream(path) << "mine";
    CHECK_THROWS_WITH(generate_keyring(path, {}), Catch::Contains("never overwritten"));
    CHECK(read(path) == "mine");
    CHECK(std::distance(std::filesystem::directory_iterator(at.path()), {}) == 1);
    CHECK_THROWS_WITH(generate_keyring(at / "none/keyring.json", {}),
                      Catch::Contains("cannot be made"));
}

TEST_CASE("keyring: two generated keys differ in id and bytes")
{
    const folder at;
    generate_keyring(at / "a", {});
    generate_keyring(at / "b", {});
    const keyring a = keyring::load(at / "a");
    const keyring b = keyring::load(at / "b");
    CHECK(a.primary().id != b.primary().id);
    CHECK(to_hex(a.primary().bytes) != to_hex(b.primary().bytes));
}

TEST_CASE("keyring: several keys are told apart by id and status")
{
    const folder at;
    const std::string path = at / "k";
    const key_text second{.id = "abcd2345",
                          .status = "decrypt",
                          .key = to_base64(byte_string(64, 'z')),
                          .check = check_value(byte_string(64, 'z'))};
    std::ofstream(path) << ring({second, {}, {.id = "cccc", .status = "active"}});
    REQUIRE(::chmod(path.c_str(), 0400) == 0);
    const keyring keys = keyring::load(path);
    CHECK(keys.primary().id == "k7q2m9");
    REQUIRE(keys.find("abcd2345") != nullptr);
    CHECK(keys.find("abcd2345")->status == key_status::decrypt);
    CHECK(keys.find("abcd2345")->bytes[63] == 'z');
    CHECK(keys.find("cccc")->status == key_status::active);
}

TEST_CASE("keyring: rights that let others in are refused")
{
    CHECK(complaint(ring({{}}), 0600).empty());
    CHECK(complaint(ring({{}}), 0440).empty());
    for (const mode_t mode : {0644, 0604, 0602, 0601, 0777})
        CHECK_THAT(complaint(ring({{}}), mode), Catch::Contains("open to everybody"));
    CHECK_THAT(complaint(ring({{}}), 0660), Catch::Contains("written by its group"));
}

TEST_CASE("keyring: a path that is no keyring is refused")
{
    const folder at;
    CHECK_THROWS_WITH(keyring::load(at / "none"), Catch::Contains("cannot be opened"));
    CHECK_THROWS_WITH(keyring::load(at.path()), Catch::Contains("no plain file"));
    const std::string fifo = at / "fifo";
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    CHECK_THROWS_WITH(keyring::load(fifo), Catch::Contains("no plain file"));
    CHECK_THAT(complaint(""), Catch::Contains("is empty"));
    CHECK_THAT(complaint(std::string((1 << 20) + 1, ' ')), Catch::Contains("larger than any"));
}

TEST_CASE("keyring: every fault of the content is named, and no key is ever shown")
{
    struct sample
    {
        std::string content;
        const char* said;
    };
    const std::string short_key = to_base64(byte_string(32, 'k'));
    const std::vector<sample> samples = {
        {"{", "is no JSON"},
        {"[]", "one object with one member"},
        {"{}", "one object with one member"},
        {R"({"keys":{}})", "one object with one member"},
        {R"({"keys":[],"x":1})", "one object with one member"},
        {R"({"keys":[]})", "holds no keys"},
        {R"({"keys":[1]})", "key 1: is no object"},
        {ring({{.status = "active"}}), "no key is primary"},
        {ring({{}, {.id = "other2"}}), "several keys are primary"},
        {ring({{}, {.status = "active"}}), "key 2: \"id\" is that of another"},
        {ring({{.id = "k7"}}), "key 1: \"id\" must be"},
        {ring({{.id = "k7q2m9xyz"}}), "key 1: \"id\" must be"},
        {ring({{.id = "K7Q2M9"}}), "key 1: \"id\" must be"},
        {ring({{.id = "k7q.m9"}}), "key 1: \"id\" must be"},
        {ring({{.algorithm = "AES-256-GCM"}}), "key 1: \"algorithm\" must be"},
        {ring({{.status = "destroyed"}}), "key 1: \"status\" must be"},
        {ring({{.key = "###"}}), "key 1: \"key\" is no base64"},
        {ring({{.key = ""}}), "key 1: \"key\" is 0 bytes long"},
        {ring({{.key = short_key}}), "key 1: \"key\" is 32 bytes long and must be 64"},
        {ring({{.check = "0123456789abcdef"}}), "key 1: \"check\" does not belong"},
        {ring({{.check = ""}}), "key 1: \"check\" does not belong"},
        {ring({{.more = R"(,"note":"x")"}}), "key 1: has a member that is unknown"},
        {R"({"keys":[{"id":"k7q2m9"}]})", "\"algorithm\" is missing"},
        {R"({"keys":[{"id":5}]})", "\"id\" is missing or no text"},
    };
    for (const sample& each : samples) {
        CAPTURE(each.content);
        CHECK_THAT(complaint(each.content), Catch::Contains(each.said));
    }
}

TEST_CASE("keyring: one flipped bit of a key is found by its check value")
{
    byte_string bytes(64, 'k');
    const std::string right = check_value(bytes);
    for (std::size_t bit = 0; bit < bytes.size() * 8; bit += 7) {
        byte_string altered = bytes;
        altered[bit / 8] ^= static_cast<unsigned char>(1U << bit % 8);
        CHECK(check_value(altered) != right);
    }
    CHECK(right.size() == 16);
}
