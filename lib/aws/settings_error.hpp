// What is wrong with the environment or the AWS files, and what to do; for people.
#pragma once

#include <stdexcept>

namespace sluice::aws {

class settings_error : public std::runtime_error
{
public:
    using std::runtime_error::runtime_error;
};

} // namespace sluice::aws
