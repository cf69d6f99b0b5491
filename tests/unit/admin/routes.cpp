#include "admin/routes.hpp"

#include "admin/embedded.hpp"

#include <boost/json/parse.hpp>

#include <catch2/catch.hpp>

#include <set>
#include <string>

using namespace sluice;

TEST_CASE("routes: all that there are, and no others, are in the OpenAPI description")
{
    std::set<std::string> described;
    const boost::json::value document =
        boost::json::parse({admin::openapi_json.data(), admin::openapi_json.size()});
    for (const auto& path : document.at("paths").as_object())
        for (const auto& operation : path.value().as_object())
            described.insert(std::string(operation.key()) + " " + std::string(path.key()));
    std::set<std::string> there;
    for (const admin::route_form& each : admin::all_routes())
        there.insert((each.method() == "GET" ? "get " : "post ") + std::string(each.path));
    CHECK(there == described);
}

TEST_CASE("routes: what needs no right is described so, and nothing else is")
{
    const boost::json::value document =
        boost::json::parse({admin::openapi_json.data(), admin::openapi_json.size()});
    for (const admin::route_form& each : admin::all_routes()) {
        const auto& operations =
            document.at("paths").at({each.path.data(), each.path.size()}).as_object();
        const bool is_open = operations.begin()->value().as_object().contains("security");
        CHECK(is_open == each.is_public());
    }
}

TEST_CASE("routes: a name is all that stands between two slashes")
{
    const auto name = [](const char* path) {
        const auto found = admin::find_route(path);
        return found ? std::string(found->name) : "none";
    };
    CHECK(name("/api/v1/pipelines/people") == "people");
    CHECK(name("/api/v1/pipelines/pause") == "pause");
    CHECK(name("/api/v1/pipelines/pause/pause") == "pause");
    CHECK(name("/api/v1/pipelines/") == "none");
    CHECK(name("/api/v1/pipelines//pause") == "none");
    CHECK(name("/api/v1/pipelines/pause/") == "none");
    CHECK(name("/api/v1/pipelines/a/b") == "none");
    CHECK(name("/api/v1/pipelines/a/b/pause") == "none");
    CHECK(name("/api/v1/pipelines") == "none");
    CHECK(name("") == "none");
    CHECK(name("/").empty());
}
