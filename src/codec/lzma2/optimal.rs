//! The optimal parser: the cheapest way through a stretch of the input.
//!
//! Nodes are positions, edges are symbols with their prices under the model as it is now. Nodes are settled in order,
//! so every edge is looked at once. Besides single symbols there are edges for the three-step patterns that a
//! one-symbol view undervalues, because only the last step pays: a literal, or a match and a literal, and then the same
//! distance again. A stretch ends where no edge leads beyond a node (nothing decided later can change what lies before),
//! at a match so long that nothing can beat it, or after [`STRETCH`] bytes.

use super::candidates::{Candidates, Source, repeat_length};
use super::model::{
    LENGTH_STATES, LENGTHS, MAX_MATCH, MIN_MATCH, POSITION_STATES, State, length_state, literal_context,
};
use super::prices::{Prices, bit_price, matched_literal_price};
use super::symbols::{Distances, Symbol, SymbolEncoder, next_distances};

/// Longest stretch that is parsed at once.
const STRETCH: usize = 2048;
/// Nodes: an edge from the last one of a stretch can be a match, a literal and a match.
const NODES: usize = STRETCH + 2 * MAX_MATCH + 2;
/// Of a long match the shortest and the longest so many lengths are tried: one in between is hardly ever the best, and
/// trying all makes periodic data slow.
const END_LENGTHS: usize = 32;
/// From here on lengths share the contexts of their distances.
const SHARED_LENGTHS: usize = MIN_MATCH + LENGTH_STATES - 1;
/// No edge leads here yet.
const UNREACHED: u32 = u32::MAX;

/// The cheapest known way to a node: its price, and its last edge.
#[derive(Clone, Copy, Default)]
struct Way {
    price: u32,
    /// The edge's symbol, or the match that leads it.
    code: u32,
    /// Bytes of the last symbol of the edge.
    length: u16,
    /// Bytes before it: 0 for an edge of one symbol; 1 for a literal, then the last distance; more for a match and a
    /// literal, then the match's distance.
    lead: u16,
}

impl Way {
    /// Bytes of the edge.
    #[inline(always)]
    fn edge(&self) -> usize {
        usize::from(self.length) + usize::from(self.lead)
    }
}

/// What the decoder would know at a node after the cheapest way.
#[derive(Clone, Copy, Default)]
struct Settled {
    state: State,
    distances: Distances,
}

/// What a stretch is parsed in.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) source: Source<'a>,
    /// The encoder, standing at the beginning of the stretch.
    pub(super) encoder: &'a SymbolEncoder,
    /// Where the positions that select contexts count from.
    pub(super) origin: usize,
    /// Matches of this length are taken at once.
    pub(super) nice: usize,
    /// A node is passed over if the next one costs at most so much more.
    pub(super) skip: u32,
}

impl Context<'_> {
    #[inline(always)]
    fn position_state(&self, position: usize) -> usize {
        position.wrapping_sub(self.origin) & (POSITION_STATES - 1)
    }

    /// The price of the literal at `position`, where the last distance would have given `expected`.
    #[inline(always)]
    fn literal(&self, prices: &Prices, state: State, position: usize, expected: u8) -> u32 {
        let window = self.source.window;
        let previous = if position == self.origin { 0 } else { window[position - 1] };
        let context = literal_context(previous);
        let byte = window[position];
        bit_price(self.encoder.model.is_match[state.index()][self.position_state(position)], 0)
            + if state.after_literal() {
                prices.literal(context, byte)
            } else {
                matched_literal_price(&self.encoder.model.literals[context], byte, expected)
            }
    }

    /// The price of choosing one of the last distances, without its length, once a repeat is chosen.
    #[inline(always)]
    fn repeat(&self, state: State, position_state: usize, index: usize) -> u32 {
        let model = &self.encoder.model;
        let state = state.index();
        if index == 0 {
            return bit_price(model.is_older[state], 0) + bit_price(model.is_long[state][position_state], 1);
        }
        let price = bit_price(model.is_older[state], 1);
        if index == 1 {
            return price + bit_price(model.is_older1[state], 0);
        }
        price + bit_price(model.is_older1[state], 1) + bit_price(model.is_older2[state], index as u32 - 2)
    }

    /// The price of `length` bytes at the last distance, at `position`.
    #[inline(always)]
    fn continued(&self, prices: &Prices, state: State, position: usize, length: usize) -> u32 {
        let model = &self.encoder.model;
        let position_state = self.position_state(position);
        bit_price(model.is_match[state.index()][position_state], 1)
            + bit_price(model.is_repeat[state.index()], 1)
            + self.repeat(state, position_state, 0)
            + prices.repeat_lengths.row(position_state)[length - MIN_MATCH]
    }
}

/// The nodes of a stretch.
struct Nodes {
    /// By node.
    ways: Box<[Way; NODES]>,
    /// Last node that has a price.
    reach: usize,
}

impl Nodes {
    /// Makes nodes up to `to` ready for offers.
    #[inline(always)]
    fn extend(&mut self, to: usize) {
        if to > self.reach {
            for way in &mut self.ways[self.reach + 1..=to] {
                way.price = UNREACHED;
            }
            self.reach = to;
        }
    }

    /// Offers a way to the node `to`.
    #[inline(always)]
    fn offer(&mut self, to: usize, way: Way) {
        let known = &mut self.ways[to];
        if way.price < known.price {
            *known = way;
        }
    }

    /// Offers edges of one symbol, `from` to `to` bytes long, that leave `current` and cost `price` and their entries of
    /// `row`.
    #[inline(always)]
    fn offer_lengths(
        &mut self,
        current: usize,
        row: &[u32; LENGTHS],
        price: u32,
        code: u32,
        (from, to): (usize, usize),
    ) {
        if to - from < 2 * END_LENGTHS {
            self.offer_each(current, row, price, code, (from, to));
        } else {
            self.offer_each(current, row, price, code, (from, from + END_LENGTHS - 1));
            self.offer_each(current, row, price, code, (to + 1 - END_LENGTHS, to));
        }
    }

    #[inline(always)]
    fn offer_each(&mut self, current: usize, row: &[u32; LENGTHS], price: u32, code: u32, (from, to): (usize, usize)) {
        let ways = &mut self.ways[current + from..=current + to];
        for ((known, length_price), length) in
            ways.iter_mut().zip(&row[from - MIN_MATCH..=to - MIN_MATCH]).zip(from as u16..)
        {
            let price = price + length_price;
            if price < known.price {
                *known = Way { price, code, length, lead: 0 };
            }
        }
    }

    /// Offers the edge of a match that costs `price`, a literal behind it, and the same distance again.
    #[inline(always)]
    #[allow(clippy::too_many_arguments)] // inlined: what the inner loop has at hand
    fn resume(
        &mut self,
        context: &Context,
        prices: &Prices,
        state: State,
        current: usize,
        position: usize,
        symbol: Symbol,
        distance: usize,
        price: u32,
    ) {
        let source = &context.source;
        let length = symbol.length as usize;
        let literal = position + length;
        if literal + 1 + MIN_MATCH > source.end {
            return;
        }
        let limit = MAX_MATCH.min(source.end - literal - 1).min(context.nice);
        let again = repeat_length(source, literal + 1, distance, limit);
        if again < MIN_MATCH {
            return;
        }
        let state = if symbol.code < 4 { state.repeated() } else { state.matched() };
        let price = price
            + context.literal(prices, state, literal, source.window[literal - distance])
            + context.continued(prices, state.literal(), literal + 1, again);
        let to = current + length + 1 + again;
        self.extend(to);
        self.offer(to, Way { price, code: symbol.code, length: again as u16, lead: length as u16 + 1 });
    }
}

/// The parser and what it works on.
pub(super) struct Optimal {
    nodes: Nodes,
    /// By node, of those that were reached.
    settled: Box<[Settled; STRETCH + 1]>,
    prices: Box<Prices>,
    symbols: Vec<Symbol>,
}

impl Default for Optimal {
    fn default() -> Self {
        Self {
            nodes: Nodes { ways: Box::new([Way::default(); NODES]), reach: 0 },
            settled: Box::new([Settled::default(); STRETCH + 1]),
            prices: Box::new(Prices::new()),
            symbols: Vec::new(),
        }
    }
}

impl Optimal {
    /// Follows the model. To be called every few hundred symbols.
    pub(super) fn refresh(&mut self, encoder: &SymbolEncoder, nice: usize, slots: usize) {
        self.prices.refresh(&encoder.model, nice.min(MAX_MATCH), slots);
    }

    /// Chooses the symbols of a stretch that begins at `start`, before the source's end.
    pub(super) fn parse(&mut self, context: &Context, candidates: &mut Candidates, start: usize) -> &[Symbol] {
        let source = &context.source;
        let encoder = context.encoder;
        self.symbols.clear();
        self.nodes.reach = 0;
        self.nodes.ways[0].price = 0;
        self.settled[0] = Settled { state: encoder.state, distances: encoder.distances };
        let mut current = 0;
        let mut last = None;
        loop {
            if current > 0 {
                if current == self.nodes.reach || current >= STRETCH {
                    break;
                }
                // Where the next node costs hardly more, an edge from here rarely beats the same one from there: most
                // nodes inside a match are passed over.
                if self.nodes.ways[current + 1].price <= self.nodes.ways[current].price + context.skip {
                    candidates.skip(source, start + current, start + current + 1);
                    current += 1;
                    continue;
                }
                self.settle(current);
            }
            let position = start + current;
            candidates.find(source, position);
            if let Some(symbol) = self.expand(context, candidates, current, position) {
                candidates.skip(source, position + 1, position + symbol.length as usize);
                last = Some(symbol);
                break;
            }
            current += 1;
        }
        self.symbols.extend(last);
        self.trace(current);
        self.symbols.reverse();
        &self.symbols
    }

    /// Derives state and distances of a node from the node before its edge.
    #[inline(always)]
    fn settle(&mut self, current: usize) {
        let way = self.nodes.ways[current];
        let Settled { state, distances } = self.settled[current - way.edge()];
        let after = |code, length| match (code, length) {
            (Symbol::LITERAL, _) => state.literal(),
            (0, 1) => state.short_repeated(),
            (0..4, _) => state.repeated(),
            _ => state.matched(),
        };
        let state = match way.lead {
            0 => after(way.code, way.length),
            1 => state.literal().repeated(),
            lead => after(way.code, lead - 1).literal().repeated(),
        };
        self.settled[current] = Settled { state, distances: next_distances(distances, way.code) };
    }

    /// Offers all edges that leave the settled node `current`. Returns a match that is taken at once instead.
    #[inline(always)]
    fn expand(
        &mut self,
        context: &Context,
        candidates: &Candidates,
        current: usize,
        position: usize,
    ) -> Option<Symbol> {
        let Self { nodes, prices, .. } = self;
        let price = nodes.ways[current].price;
        let Settled { state, distances } = self.settled[current];
        let Context { source, encoder, nice, .. } = *context;
        let source = &source;
        let window = source.window;
        let model = &encoder.model;
        let limit = MAX_MATCH.min(source.end - position);

        let mut repeats = [0usize; 4];
        let mut best_repeat = 0;
        for index in 0..4 {
            repeats[index] = repeat_length(source, position, distances[index] as usize + 1, limit);
            if repeats[index] > repeats[best_repeat] {
                best_repeat = index;
            }
        }
        if repeats[best_repeat] >= nice {
            return Some(Symbol { length: repeats[best_repeat] as u32, code: best_repeat as u32 });
        }
        let list = candidates.list();
        if let Some(longest) = list.last()
            && longest.length >= nice
        {
            return Some(Symbol { length: longest.length as u32, code: longest.distance as u32 + 3 });
        }
        nodes.extend(current + 1);

        let position_state = context.position_state(position);
        let byte = window[position];
        let distance0 = distances[0] as usize + 1;
        let expected = if distance0 <= position - source.floor { Some(window[position - distance0]) } else { None };
        let is_match = model.is_match[state.index()][position_state];

        // A literal.
        let literal_price = price + context.literal(prices, state, position, expected.unwrap_or(0));
        nodes.offer(current + 1, Way { price: literal_price, code: Symbol::LITERAL, length: 1, lead: 0 });

        let match_price = price + bit_price(is_match, 1);
        let repeat_price = match_price + bit_price(model.is_repeat[state.index()], 1);

        if expected == Some(byte) {
            // One byte of the last distance.
            let price = repeat_price
                + bit_price(model.is_older[state.index()], 0)
                + bit_price(model.is_long[state.index()][position_state], 0);
            nodes.offer(current + 1, Way { price, code: 0, length: 1, lead: 0 });
        } else if limit > MIN_MATCH && expected.is_some() {
            // A literal, and on with the last distance.
            let length = repeat_length(source, position + 1, distance0, (limit - 1).min(nice));
            if length >= MIN_MATCH {
                let state = state.literal();
                let price = literal_price + context.continued(prices, state, position + 1, length);
                nodes.extend(current + 1 + length);
                let way = Way { price, code: Symbol::LITERAL, length: length as u16, lead: 1 };
                nodes.offer(current + 1 + length, way);
            }
        }
        if limit < MIN_MATCH {
            return None;
        }

        let mut longest = MIN_MATCH - 1;
        for (index, &length) in repeats.iter().enumerate() {
            // An older distance that gives no more costs more.
            if length <= longest {
                continue;
            }
            longest = length;
            let price = repeat_price + context.repeat(state, position_state, index);
            nodes.extend(current + length);
            let row = prices.repeat_lengths.row(position_state);
            nodes.offer_lengths(current, row, price, index as u32, (MIN_MATCH, length));
            let full = price + row[length - MIN_MATCH];
            let symbol = Symbol { length: length as u32, code: index as u32 };
            nodes.resume(context, prices, state, current, position, symbol, distances[index] as usize + 1, full);
        }

        let normal_price = match_price + bit_price(model.is_repeat[state.index()], 0);
        // A match that repeats the last distance costs more than the repeat.
        let mut length = if repeats[0] >= MIN_MATCH { repeats[0] + 1 } else { MIN_MATCH };
        for candidate in list {
            if candidate.length < length {
                continue;
            }
            nodes.extend(current + candidate.length);
            let code = candidate.distance as u32 + 3;
            let distance = candidate.distance as u32 - 1;
            let row = prices.lengths.row(position_state);
            let mut full = 0;
            // The shortest lengths have contexts of their own, all others share one.
            while length < SHARED_LENGTHS && length <= candidate.length {
                full = normal_price + prices.distance(length_state(length), distance) + row[length - MIN_MATCH];
                nodes.offer(current + length, Way { price: full, code, length: length as u16, lead: 0 });
                length += 1;
            }
            if length <= candidate.length {
                let base = normal_price + prices.distance(LENGTH_STATES - 1, distance);
                nodes.offer_lengths(current, row, base, code, (length, candidate.length));
                full = base + row[candidate.length - MIN_MATCH];
                length = candidate.length + 1;
            }
            let symbol = Symbol { length: candidate.length as u32, code };
            nodes.resume(context, prices, state, current, position, symbol, candidate.distance, full);
        }
        None
    }

    /// Appends the symbols of the cheapest way to `last`, the last one first.
    fn trace(&mut self, last: usize) {
        let mut current = last;
        while current > 0 {
            let way = &self.nodes.ways[current];
            let symbol = Symbol { length: u32::from(way.length), code: way.code };
            if way.lead == 0 {
                self.symbols.push(symbol);
            } else {
                self.symbols.push(Symbol { code: 0, ..symbol });
                self.symbols.push(Symbol::literal());
                if way.lead > 1 {
                    self.symbols.push(Symbol { length: u32::from(way.lead) - 1, code: way.code });
                }
            }
            current -= way.edge();
        }
    }
}
