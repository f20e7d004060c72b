//! `cargo bench --bench latency`: how much of many streams' latency the input threads hide.
//!
//! 10,000 items, each of which takes 20 ms until its first byte, as over a network. One after the other that is 200 s; the
//! goal is items x latency / parallelism. Sleeping streams need no processor: what is measured is how well they overlap.

use std::io::{self, Read};
use std::thread;
use std::time::{Duration, Instant};

use parallelcompress::{Compressor, Item, Opened, Solid, Target};

const ITEMS: u32 = 10_000;
const LATENCY: Duration = Duration::from_millis(20);
const BYTES: u64 = 2000;

fn main() -> parallelcompress::Result<()> {
    // `cargo test --benches` runs benchmarks as if they were tests. This one has nothing to assert.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    println!("{ITEMS} items of {BYTES} bytes, {LATENCY:?} each: {:?} one after the other", LATENCY * ITEMS);
    println!("{:>11} {:>8} {:>7} {:>8} {:>9} {:>6}", "parallelism", "blocks", "size", "ideal", "measured", "ratio");
    for parallelism in [64, 256] {
        for (solid, blocks) in [(Solid::All, "one"), (Solid::Off, "each")] {
            for size in [Some(BYTES), None] {
                let items = (0..ITEMS).map(|number| {
                    Item::from_stream(format!("blobs/{number:05}.txt"), size, move || {
                        thread::sleep(LATENCY);
                        let line = format!("line of item {number}\n").into_bytes();
                        let reader = io::Cursor::new(line.repeat(BYTES as usize)).take(BYTES);
                        Ok(Opened { reader: Box::new(reader), size: None })
                    })
                });
                let items = items.collect();
                let compressor = Compressor::new().level(1).solid(solid).input_parallelism(parallelism);
                let start = Instant::now();
                let summary = compressor.compress(items, &Target::Memory)?;
                let took = start.elapsed();
                assert_eq!(summary.statistics.items_completed, u64::from(ITEMS), "items are missing");
                let ideal = LATENCY * ITEMS / parallelism;
                println!(
                    "{parallelism:>11} {blocks:>8} {:>7} {:>7.2}s {:>8.2}s {:>6.2}",
                    if size.is_some() { "known" } else { "unknown" },
                    ideal.as_secs_f64(),
                    took.as_secs_f64(),
                    took.as_secs_f64() / ideal.as_secs_f64()
                );
            }
        }
    }
    Ok(())
}
