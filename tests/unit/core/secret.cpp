#include "core/secret.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <sstream>

using sluice::secret;

template <class T>
concept streamable = requires(std::ostream& out, const T& value) { out << value; };

TEST_CASE("secret: cannot be printed")
{
    CHECK_FALSE(streamable<secret>);
    CHECK_FALSE(fmt::is_formattable<secret>::value);
}

TEST_CASE("secret: moves leave nothing behind")
{
    secret first("short");
    const char* const memory = first.reveal().data(); // inside the object: a short string
    const secret second(std::move(first));
    CHECK(second.reveal() == "short");
    CHECK(std::string_view(memory, 5) == std::string_view("\0\0\0\0\0", 5));

    secret third("another");
    third = secret("a longer text that lives on the heap, far from the object");
    CHECK(third.reveal() == "a longer text that lives on the heap, far from the object");
}

TEST_CASE("secret: comparison says equal only for equal texts")
{
    CHECK(sluice::equal_secrets("token", "token"));
    CHECK_FALSE(sluice::equal_secrets("token", "tokem"));
    CHECK_FALSE(sluice::equal_secrets("token", "token2"));
    CHECK(sluice::equal_secrets("", ""));
}
