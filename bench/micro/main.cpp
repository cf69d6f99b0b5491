// micro_benchmarks: takes the options of Google Benchmark; bench/micro.sh makes a table of it.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <exception>

int main(int argc, char** argv)
{
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv))
        return 2;
    try {
        benchmark::RunSpecifiedBenchmarks();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "micro_benchmarks: %s\n", error.what());
        return 1;
    }
    benchmark::Shutdown();
    return 0;
}
