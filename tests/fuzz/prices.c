/* fuzz_prices() of tests/unit/fuzz-targets.h under libFuzzer; see `make fuzz`. */
#include "config.h"

#include "tests/unit/fuzz-targets.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_prices((const char *)data, size);
    return 0;
}
