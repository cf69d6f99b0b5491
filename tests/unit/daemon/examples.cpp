// The tests in the examples are run, and pass.
#include "shell.hpp"

#include <catch2/catch.hpp>

#include <string>

using sluice::daemon::tests::ended;
using sluice::daemon::tests::run_sluice;

TEST_CASE("examples: check runs the tests of each, without any of their variables")
{
    const std::string folder = SLUICE_EXAMPLES;
    const ended sealed = run_sluice({"check", "-c", folder + "/user_logins.yaml"});
    CHECK(sealed.err.empty());
    CHECK(sealed.out == folder + "/user_logins.yaml: ok, 1 pipeline, 7 columns, 8 tests passed\n");
    CHECK(sealed.code == 0);

    const ended token = run_sluice({"check", "-c", folder + "/user_logins_token.yaml"});
    CHECK(token.err.empty());
    CHECK(token.out ==
          folder + "/user_logins_token.yaml: ok, 1 pipeline, 7 columns, 7 tests passed\n");
    CHECK(token.code == 0);
}
