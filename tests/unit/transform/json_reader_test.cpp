#include "padded.hpp"
#include "transform/json/reader.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace {

using namespace sluice::json;
using sluice::test::padded;
using sluice::transform::reason;
using sluice::transform::verdict;

// What reading says of a document, whatever bytes follow it.
verdict read_alone(std::string_view document, reader::options how = {})
{
    path_trie paths;
    paths.compile();
    reader json(paths, how);
    const verdict first = json.read(padded(document, '}').view());
    for (const char behind : {',', ']', '"', '1', '\0', ' ', '{', ':'}) {
        const padded other(document, behind);
        const verdict second = json.read(other.view());
        CHECK(second.has_value() == first.has_value());
        if (first && second)
            CHECK(second->why == first->why);
    }
    return first;
}

// A reader for one pointer, given as its reference tokens.
struct lookup
{
    explicit lookup(std::vector<std::string> path, reader::options how = {}, bool elements = false)
        : where(paths.add(path, elements)), json((paths.compile(), paths), how)
    {}

    const value& find(std::string_view text)
    {
        document = padded(text);
        REQUIRE_FALSE(json.read(document.view()));
        return json.at(where);
    }

    path_trie paths;
    slot where;
    reader json;
    padded document{"{}"};
};

std::string contents(const std::filesystem::path& file)
{
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

} // namespace

TEST_CASE("json: the published suite is judged as it demands")
{
    const char* const vectors = std::getenv("SLUICE_VECTORS");
    if (vectors == nullptr) {
        WARN("skipped: SLUICE_VECTORS is not set");
        return;
    }
    int refused = 0;
    int accepted = 0;
    for (const auto& file : std::filesystem::directory_iterator(std::filesystem::path(vectors) /
                                                                "json/test_parsing")) {
        const std::string name = file.path().filename();
        const std::string text = contents(file.path());
        CAPTURE(name);
        const verdict said =
            read_alone(text, {.depth_max = 1000, .duplicate_keys_rejected = false});
        const std::size_t begin = text.find_first_not_of(" \t\r\n");
        const bool is_object = begin != std::string::npos && text[begin] == '{';
        if (name.starts_with("n_")) {
            CHECK(said);
            ++refused;
        } else if (name.starts_with("y_")) {
            CHECK(said.has_value() == !is_object);
            // As a member of an object every value must do.
            CHECK_FALSE(read_alone("{\"v\":" + text + "}",
                                   {.depth_max = 1000, .duplicate_keys_rejected = false}));
            ++accepted;
        }
    }
    CHECK(refused == 188);
    CHECK(accepted == 95);
}

TEST_CASE("json: every bad document of the suite is refused inside of an object too")
{
    const char* const vectors = std::getenv("SLUICE_VECTORS");
    if (vectors == nullptr) {
        WARN("skipped: SLUICE_VECTORS is not set");
        return;
    }
    for (const auto& file : std::filesystem::directory_iterator(std::filesystem::path(vectors) /
                                                                "json/test_parsing")) {
        const std::string name = file.path().filename();
        if (!name.starts_with("n_"))
            continue;
        CAPTURE(name);
        CHECK(read_alone("{\"v\":" + contents(file.path()) + "}", {.depth_max = 1000}));
    }
}

TEST_CASE("json: what is no single object is refused with the offset of the fault")
{
    struct sample
    {
        const char* text;
        std::uint64_t offset;
    };
    const auto [text, offset] = GENERATE(
        sample{"", 0}, sample{" ", 0}, sample{"[]", 0}, sample{"1", 0}, sample{"\"a\"", 0},
        sample{"null", 0}, sample{"{} {}", 3}, sample{"{}x", 0}, sample{"{}}", 2},
        sample{R"({"a":1)", 0}, sample{R"({"a":tru})", 5}, sample{R"({"a":truex})", 5},
        sample{R"({"a":01})", 5}, sample{R"({"a":1.})", 5}, sample{R"({"a":-})", 5},
        sample{R"({"a":+1})", 5}, sample{R"({"a":.5})", 5}, sample{R"({"a":1e})", 5},
        sample{R"({"a":NaN})", 5}, sample{R"({"a":"\x"})", 5}, sample{R"({"b":1,"a\x":1})", 7},
        sample{R"({"a":[1,]})", 8}, sample{R"({"a":[1 2]})", 6}, sample{R"({"a":[}})", 6},
        sample{"{\"a\":\"\n\"}", 6}, sample{R"({"a":"b})", 5}, sample{R"({"a":1,})", 5},
        sample{R"({"a" 1})", 0}, sample{R"({a:1})", 0}, sample{R"({"a":"b":1})", 5},
        sample{R"({"a":1 "b":2})", 5}, sample{"\xef\xbb\xbf{}", 0}, sample{R"({"a":'b'})", 5},
        sample{R"({"a":/**/1})", 5});
    CAPTURE(text);
    const verdict said = read_alone(text);
    REQUIRE(said);
    CHECK(said->why == reason::not_json_object);
    CHECK(said->offset == offset);
}

TEST_CASE("json: invalid UTF-8 anywhere refuses the document with its offset")
{
    const char* const bytes =
        GENERATE("\x80", "\xc0\xaf", "\xc3", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe0\x80\x80",
                 "\xf0\x80\x80\x80", "\xff", "\xe2\x82");
    const verdict in_value = read_alone(std::string(R"({"a":")") + bytes + "\"}");
    REQUIRE(in_value);
    CHECK(in_value->why == reason::invalid_text);
    CHECK(in_value->offset == 6);
    const verdict in_key = read_alone(std::string(R"({"a":1,")") + bytes + "\":2}");
    REQUIRE(in_key);
    CHECK(in_key->why == reason::invalid_text);
}

TEST_CASE("json: a NUL or a lone surrogate in a field that nobody asks for does no harm")
{
    CHECK_FALSE(read_alone(R"({"a":"\u0000","b":["\ud800"],"\udc00":{"c":"\udfff"}})"));
}

TEST_CASE("json: unused values are validated to the last")
{
    CHECK(read_alone(R"({"a":{"b":[{"c":[1,2,{"d":nul}]}]}})"));
    CHECK(read_alone(R"({"a":{"b":[{"c":[1,2,{"d":00}]}]}})"));
    CHECK(read_alone(R"({"a":{"b":[{"c":[1,2,{"d":"\q"}]}]}})"));
    CHECK(read_alone(R"({"a":{"b":[{"c":[1,2,{"\q":1}]}]}})"));
}

TEST_CASE("json: a key that comes twice is refused, however it is written and wherever it stands")
{
    const char* const text =
        GENERATE(R"({"a":1,"a":1})", R"({"a":1,"\u0061":2})", R"({"x":{"a":1,"b":2,"a":3}})",
                 R"({"x":[{"k":{"a":1,"a":2}}]})", R"({"":1,"":2})", R"({"\ud800":1,"\ud800":2})",
                 R"({"a\/b":1,"a/b":2})", R"({"longer than eight":1,"longer than eight":2})");
    CAPTURE(text);
    const verdict said = read_alone(text);
    REQUIRE(said);
    CHECK(said->why == reason::duplicate_key);
    CHECK_FALSE(read_alone(text, {.duplicate_keys_rejected = false}));
}

TEST_CASE("json: the same key in different objects is no duplicate")
{
    CHECK_FALSE(read_alone(R"({"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}],"A":1})"));
    CHECK_FALSE(read_alone(R"({"x":{"p":1,"q":2},"p":1,"q":2})"));
}

TEST_CASE("json: an object of many keys is searched for duplicates too")
{
    std::string text = "{";
    for (int i = 0; i < 2000; ++i)
        text += "\"key number " + std::to_string(i) + "\":" + std::to_string(i) + ",";
    CHECK_FALSE(read_alone(text + "\"last\":0}"));
    const verdict said = read_alone(text + "\"key number 7\":0}");
    REQUIRE(said);
    CHECK(said->why == reason::duplicate_key);
}

TEST_CASE("json: the depth is bounded, and the bound itself is allowed")
{
    const auto nested = [](std::size_t depth) {
        std::string text = "{\"a\":";
        for (std::size_t i = 1; i < depth; ++i)
            text += i % 2 == 0 ? "{\"b\":" : "[";
        text += "1";
        for (std::size_t i = depth - 1; i >= 1; --i)
            text += i % 2 == 0 ? "}" : "]";
        return text + "}";
    };
    const std::size_t bound = GENERATE(1, 2, 64, 1000);
    CHECK_FALSE(read_alone(nested(bound), {.depth_max = bound}));
    const verdict said = read_alone(nested(bound + 1), {.depth_max = bound});
    REQUIRE(said);
    CHECK(said->why == reason::too_deep);
}

TEST_CASE("json: a pointer finds its value at any depth, by key and by index")
{
    CHECK(lookup({"a"}).find(R"({"a":"x"})").text == "x");
    CHECK(lookup({"a", "b", "c"}).find(R"({"a":{"z":[0],"b":{"c":12.5}}})").text == "12.5");
    CHECK(lookup({"a", "1", "k"}).find(R"({"a":[{"k":1},{"k":2},{"k":3}]})").text == "2");
    CHECK(lookup({"a", "1"}).find(R"({"a":{"1":"by key"}})").text == "by key");
    CHECK(lookup({""}).find(R"({"":true})").text == "true");
    CHECK(lookup({"a/b", "~"}).find(R"({"a\/b":{"~":null}})").what == kind::null);
    CHECK(lookup({"user_id"}).find(R"({"\u0075ser_id":"x"})").text == "x");
}

TEST_CASE("json: a pointer that leads nowhere finds nothing, not even a value of the last document")
{
    lookup id({"a", "b"});
    CHECK(id.find(R"({"a":{"b":1}})").what == kind::number);
    for (const char* const text : {R"({})", R"({"a":1})", R"({"a":[{"b":1}]})", R"({"a":null})",
                                   R"({"a":{"B":1}})", R"({"b":1})"})
        CHECK(id.find(text).what == kind::missing);
    CHECK(lookup({"a", "2"}).find(R"({"a":[0,1]})").what == kind::missing);
    CHECK(lookup({"a", "01"}).find(R"({"a":[0,1]})").what == kind::missing);
    CHECK(lookup({"a", "-"}).find(R"({"a":[0,1]})").what == kind::missing);
}

TEST_CASE("json: each kind of value is told, with its own text")
{
    lookup any({"v"});
    const auto check = [&any](const char* text, kind what) {
        const value& found = any.find(std::string(" { \"v\" : ") + text + "\t\n ,\"w\":0 } ");
        CHECK(found.what == what);
        CHECK(found.text == text);
    };
    check("null", kind::null);
    check("true", kind::boolean);
    check("false", kind::boolean);
    check("-0.5e+3", kind::number);
    check(R"([1, {"a":[ ]} ])", kind::array);
    check(R"({ "a" : { } })", kind::object);
    CHECK(any.find(R"({"v" : "a\n\"b" })").text == R"(a\n\"b)");
    CHECK(any.find(R"({"v" : "a\n\"b" })").escaped);
    CHECK_FALSE(any.find(R"({"v":"ab","w":"\n"})").escaped);
    CHECK(any.find(R"({"v":""})").text.empty());
}

TEST_CASE("json: the whole document is a value too")
{
    CHECK(lookup({}).find("  {\"a\": 1 }\n ").text == "{\"a\": 1 }");
    CHECK(lookup({}).find("{}").text == "{}");
}

TEST_CASE("json: what cannot be stored is found in a value that is stored whole, and only there")
{
    lookup stored({"v"});
    const auto flaw = [&stored](const char* text) {
        const value& found = stored.find(text);
        return stored.json.flaw_of(found);
    };
    CHECK_FALSE(flaw(R"({"v":{"a":[1,"x\n"]},"w":"\u0000"})"));
    CHECK(flaw(R"({"v":{"a":["\u0000"]}})")->why == reason::invalid_text);
    CHECK(flaw(R"({"v":["\ud800"]})")->offset == 6);
    CHECK(flaw(R"({"v":{"\udc00":1}})")->why == reason::invalid_text);
    CHECK(flaw(R"({"v":[1e309]})")->why == reason::out_of_range);
    CHECK(flaw(R"({"v":[1e-309]})")->why == reason::out_of_range);
    CHECK_FALSE(flaw(R"({"v":[1e308,-1E-308]})"));
    const std::string digits(400, '9');
    CHECK_FALSE(flaw(("{\"v\":[" + digits + "]}").c_str()));
    CHECK(flaw(("{\"v\":[" + digits + "9]}").c_str())->why == reason::too_long);
}

TEST_CASE("json: elements are listed where they are wanted, nulls among them")
{
    lookup tags({"tags"}, {}, true);
    CHECK(tags.find(R"({"tags":["a",null,[1],{"b":2},3,true]})").what == kind::array);
    const auto found = tags.json.elements(tags.where);
    REQUIRE(found.size() == 6);
    CHECK(found[0].text == "a");
    CHECK(found[1].what == kind::null);
    CHECK(found[2].what == kind::array);
    CHECK(found[3].what == kind::object);
    CHECK(found[4].text == "3");
    CHECK(found[5].is_true());
    static_cast<void>(tags.find(R"({"tags":[]})"));
    CHECK(tags.json.elements(tags.where).empty());
}

TEST_CASE("json: several pointers share one pass, and one path is one slot")
{
    path_trie paths;
    const slot whole = paths.add({"a"});
    const slot inner = paths.add({"a", "0"}, true);
    const slot list = paths.add({"a"}, true);
    CHECK(whole == list);
    paths.compile();
    reader json(paths, {});
    const padded document(R"({"a":[[1,2],"x"]})");
    REQUIRE_FALSE(json.read(document.view()));
    CHECK(json.at(whole).text == R"([[1,2],"x"])");
    CHECK(json.at(inner).text == "[1,2]");
    REQUIRE(json.elements(list).size() == 2);
    REQUIRE(json.elements(inner).size() == 2);
    CHECK(json.elements(inner)[1].text == "2");
    CHECK(json.offset_of(json.at(inner)) == 6);
    CHECK(json.offset_of(json.elements(list)[1]) == 12);
}

TEST_CASE("json: with the last key counting, nothing of an earlier one is left")
{
    const reader::options last{.duplicate_keys_rejected = false};
    CHECK(lookup({"a"}, last).find(R"({"a":1,"a":2})").text == "2");
    CHECK(lookup({"a"}, last).find(R"({"\u0061":1,"a":null})").what == kind::null);
    CHECK(lookup({"a", "b"}, last).find(R"({"a":{"b":1},"a":{}})").what == kind::missing);
    CHECK(lookup({"a", "b"}, last).find(R"({"a":{"b":1},"a":7})").what == kind::missing);
    CHECK(lookup({"a", "b", "0"}, last).find(R"({"a":{"b":[1],"b":[]}})").what == kind::missing);
}

TEST_CASE("json: a field that no column takes is refused on demand")
{
    path_trie paths;
    paths.add({"a"});
    paths.add({"b", "c"});
    paths.add({"d", "0", "e"});
    paths.compile();
    reader json(paths, {.unknown_fields_rejected = true});
    const auto read = [&json](std::string_view text) { return json.read(padded(text).view()); };
    CHECK_FALSE(read(R"({"a":{"anything":{"goes":1}},"b":{"c":[{"x":1}]},"d":[{"e":1},{"z":1}]})"));
    CHECK_FALSE(read("{}"));
    CHECK(read(R"({"a":1,"x":1})")->why == reason::unknown_field);
    CHECK(read(R"({"a":1,"x":1})")->offset == 7);
    CHECK(read(R"({"b":{"c":1,"x":2}})")->why == reason::unknown_field);
    CHECK(read(R"({"d":[{"e":1,"x":1}]})")->why == reason::unknown_field);
}

TEST_CASE("json: thousands of pointers are told apart")
{
    path_trie paths;
    std::vector<slot> slots;
    std::string text = "{";
    for (int i = 0; i < 3000; ++i) {
        slots.push_back(paths.add({"field " + std::to_string(i)}));
        text += "\"field " + std::to_string(i) + "\":" + std::to_string(i) + ",";
    }
    paths.compile();
    reader json(paths, {});
    const padded document(text + "\"\":0}");
    REQUIRE_FALSE(json.read(document.view()));
    for (std::size_t i = 0; i < slots.size(); ++i)
        REQUIRE(json.at(slots[i]).text == std::to_string(i));
}

TEST_CASE("json: a reader grows with its documents and forgets the larger one")
{
    lookup id({"a"});
    const std::string long_text(100000, 'x');
    CHECK(id.find("{\"a\":\"" + long_text + "\"}").text == long_text);
    CHECK(id.find(R"({"a":"y"})").text == "y");
}
