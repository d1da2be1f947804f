#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| slipway_facts::fuzz(bytes));
