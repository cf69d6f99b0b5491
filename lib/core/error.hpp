// The error vocabulary of the whole project: an expected failure is a result, the end of a scope
// an exception, a bug an assertion.
#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>
#include <boost/system/system_error.hpp>

namespace sluice {

using boost::system::error_category;
using boost::system::error_code;
using boost::system::system_error;

template <class T>
using result = boost::system::result<T>;

} // namespace sluice
