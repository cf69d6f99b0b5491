#include "core/byte_buffer.hpp"

#include <catch2/catch.hpp>

#include <string>

using sluice::byte_buffer;

TEST_CASE("byte_buffer: what was appended comes back through every growth")
{
    byte_buffer buffer;
    std::string expected;
    for (int i = 0; i < 1000; ++i) {
        const std::string part(static_cast<std::size_t>(i % 37), static_cast<char>('a' + i % 26));
        buffer.append(part);
        expected += part;
    }
    CHECK(buffer.view() == expected);
    CHECK(buffer.capacity() >= buffer.size());
}

TEST_CASE("byte_buffer: numbers are big-endian")
{
    byte_buffer buffer;
    buffer.append_u16(0x0102);
    buffer.append_u32(0x03040506);
    buffer.append_u64(0x0708090a0b0c0d0e);
    CHECK(buffer.view() == "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e");
    sluice::store_u32(buffer.data(), 0xfffefdfc);
    CHECK(sluice::load_u32(buffer.data()) == 0xfffefdfc);
}

TEST_CASE("byte_buffer: clear keeps the memory, release gives it back")
{
    byte_buffer buffer;
    buffer.append(std::string(5000, 'x'));
    const std::size_t capacity = buffer.capacity();
    buffer.clear();
    CHECK(buffer.empty());
    CHECK(buffer.capacity() == capacity);
    buffer.release();
    CHECK(buffer.capacity() == 0);
    buffer.append("again");
    CHECK(buffer.view() == "again");
}

TEST_CASE("byte_buffer: a moved-from buffer is empty and can be used")
{
    byte_buffer first;
    first.append("one");
    byte_buffer second(std::move(first));
    CHECK(second.view() == "one");
    first = byte_buffer(); // NOLINT(bugprone-use-after-move): that is what is tested
    first.append("two");
    CHECK(first.view() == "two");
}
