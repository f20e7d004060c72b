//! The optimal parser: the cheapest way through a stretch of the input.
//!
//! Nodes are positions, edges are symbols with their prices under the model as it is now. Nodes are settled in order,
//! so every edge is looked at once. Besides single symbols there are edges for the three-step patterns that a
//! one-symbol view undervalues, because only the last step pays: a literal, or a match and a literal, and then the same
//! distance again. A stretch ends where no edge leads beyond a node (nothing decided later can change what lies before),
//! at a match so long that nothing can beat it, or after [`STRETCH`] bytes.

use super::bytes::{load16_within, load64_within, word};
use super::candidates::{Candidates, Source, common_from, repeat_length};
use super::model::{LENGTHS, LITERAL_CONTEXTS, MAX_MATCH, MIN_MATCH, State, length_state};
use super::params::{LOOK_AHEAD, Slack};
use super::prices::{Prices, bit_price, literal_price, matched_literal_price};
use super::symbols::{Distances, Symbol, SymbolEncoder, next_distances};

/// Longest stretch that is parsed at once.
const STRETCH: usize = 4096;
/// Nodes: an edge from the last one of a stretch can be a match, a literal and a match. Those that are looked ahead at lie
/// behind.
const NODES: usize = STRETCH + 2 * MAX_MATCH + 2 + LOOK_AHEAD;
/// A stretch ends earlier when it has so many edges.
const EDGES: usize = 1 << 15;
/// More than one node adds.
const NODE_EDGES: usize = 600;
/// Of a long match the shortest and the longest so many lengths are tried: one in between is hardly ever the best, and
/// trying all makes periodic data slow.
const END_LENGTHS: usize = 32;
/// No edge leads here yet.
const UNREACHED: u64 = u64::MAX;

/// The last step of a way to a node: one symbol, or several. Packed: the symbol's code, or that of the match that leads
/// the step; the node that it leaves; the bytes before the last symbol. Those are 0 for an edge of one symbol; 1 for a
/// literal, then the last distance; more for a match and a literal, then the match's distance.
#[derive(Clone, Copy, Default)]
struct Edge(u64);

impl Edge {
    #[inline(always)]
    fn new(code: u32, from: usize, lead: usize) -> Self {
        Self(u64::from(code) | (from as u64) << 32 | (lead as u64) << 48)
    }

    #[inline(always)]
    fn code(self) -> u32 {
        self.0 as u32
    }

    #[inline(always)]
    fn from(self) -> usize {
        usize::from((self.0 >> 32) as u16)
    }

    #[inline(always)]
    fn lead(self) -> usize {
        (self.0 >> 48) as usize
    }
}

/// What the decoder would know at a node after the cheapest way.
#[derive(Clone, Copy, Default)]
struct Settled {
    distances: Distances,
    state: State,
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
    /// A node is passed over if one of the next costs at most so much more; `None`: every node is looked at.
    pub(super) slack: Option<Slack>,
}

impl Context<'_> {
    #[inline(always)]
    fn position_state(&self, position: usize) -> usize {
        self.encoder.properties.position_state(position.wrapping_sub(self.origin))
    }

    /// Whether a match of `length` bytes at `position` goes on behind one other byte.
    #[inline(always)]
    fn resumes(&self, position: usize, length: usize, distance: usize) -> bool {
        let Source { window, end, .. } = self.source;
        let behind = position + length + 1;
        // SAFETY: as just compared; what a distance leads to lies before.
        behind + MIN_MATCH <= end
            && unsafe { load16_within(window, behind) == load16_within(window, behind - distance) }
    }

    /// The price of the literal at `position`, where the last distance would have given `expected`.
    #[inline(always)]
    fn literal(&self, state: State, position: usize, expected: u8) -> u32 {
        let window = self.source.window;
        let previous = if position == self.origin { 0 } else { window[position - 1] };
        let context = self.encoder.properties.literal_context(position.wrapping_sub(self.origin), previous);
        let literals = &self.encoder.model.literals[context & (LITERAL_CONTEXTS - 1)];
        let byte = window[position];
        bit_price(self.encoder.model.is_match[state.index()][self.position_state(position)], 0)
            + if state.after_literal() {
                literal_price(literals, byte)
            } else {
                matched_literal_price(literals, byte, expected)
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
    /// By node, of the cheapest known way: its price (upper half) and the number of its last edge.
    ways: Box<[u64; NODES]>,
    /// By number, of all that were offered; `count` of them.
    edges: Box<[Edge; EDGES]>,
    count: usize,
    /// Last node that has a price.
    reach: usize,
}

impl Nodes {
    /// What the cheapest known way to `node` costs.
    #[inline(always)]
    fn price(&self, node: usize) -> u32 {
        (self.ways[node] >> 32) as u32
    }

    /// Whether any edge leads to `node`.
    #[inline(always)]
    fn is_reached(&self, node: usize) -> bool {
        self.ways[node] != UNREACHED
    }

    /// Whether `node` is worth no look: one of the next costs hardly more, or no edge leads to it.
    #[inline(always)]
    fn is_passed_over(&self, node: usize, slack: &Slack) -> bool {
        // Saturated, the price of an unreached node is no less than any.
        let price = self.price(node);
        let next: &[u64; LOOK_AHEAD] = self.ways[node + 1..].first_chunk().expect("there are as many behind each node");
        // Mostly the very next says so; of the others nothing branches.
        (next[0] >> 32) as u32 <= price.saturating_add(slack[0])
            || next
                .iter()
                .zip(slack)
                .skip(1)
                .fold(false, |any, (&way, &slack)| any | ((way >> 32) as u32 <= price.saturating_add(slack)))
    }

    /// The last edge of that way.
    #[inline(always)]
    fn edge(&self, node: usize) -> Edge {
        self.edges[self.ways[node] as usize & (EDGES - 1)]
    }

    /// An edge that costs `price` so far, to be offered.
    #[inline(always)]
    fn add(&mut self, price: u32, edge: Edge) -> u64 {
        let number = self.count;
        self.edges[number & (EDGES - 1)] = edge;
        self.count += 1;
        u64::from(price) << 32 | number as u64
    }

    /// Offers a way to the node `to`.
    #[inline(always)]
    fn offer(&mut self, to: usize, way: u64) {
        let known = &mut self.ways[to];
        *known = way.min(*known);
    }

    /// Makes `to` a node.
    #[inline(always)]
    fn extend(&mut self, to: usize) {
        self.reach = self.reach.max(to);
    }

    /// Offers edges of one symbol, `from` to `to` bytes long, that leave `current` and cost `price` and their entries of
    /// `row`.
    #[inline(always)]
    fn offer_lengths(&mut self, current: usize, row: &[u32; LENGTHS], way: u64, (from, to): (usize, usize)) {
        if to - from < 2 * END_LENGTHS {
            self.offer_each(current, row, way, (from, to));
        } else {
            self.offer_each(current, row, way, (from, from + END_LENGTHS - 1));
            self.offer_each(current, row, way, (to + 1 - END_LENGTHS, to));
        }
    }

    #[inline(always)]
    fn offer_each(&mut self, current: usize, row: &[u32; LENGTHS], way: u64, (from, to): (usize, usize)) {
        let ways = &mut self.ways[current + from..=current + to];
        for (known, &length_price) in ways.iter_mut().zip(&row[from - MIN_MATCH..=to - MIN_MATCH]) {
            let offered = way + (u64::from(length_price) << 32);
            *known = offered.min(*known);
        }
    }

    /// Forgets all nodes and edges.
    fn clear(&mut self) {
        self.ways[..=self.reach].fill(UNREACHED);
        self.count = 0;
        self.reach = 0;
    }

    /// Offers the edge of a match that costs `price`, a literal behind it, and the same distance again, where
    /// [`Context::resumes`] says so. Out of line, as that is rare.
    #[inline(never)]
    #[allow(clippy::too_many_arguments)] // what the inner loop has at hand
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
        let limit = MAX_MATCH.min(source.end - literal - 1).min(context.nice);
        let again = repeat_length(source, literal + 1, distance, limit);
        let state = if symbol.code < 4 { state.repeated() } else { state.matched() };
        let price = price
            + context.literal(state, literal, source.window[literal - distance])
            + context.continued(prices, state.literal(), literal + 1, again);
        let to = current + length + 1 + again;
        self.extend(to);
        let way = self.add(price, Edge::new(symbol.code, current, length + 1));
        self.offer(to, way);
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
            nodes: Nodes {
                ways: Box::new([UNREACHED; NODES]),
                edges: Box::new([Edge::default(); EDGES]),
                count: 0,
                reach: 0,
            },
            settled: Box::new([Settled::default(); STRETCH + 1]),
            prices: Box::new(Prices::new()),
            symbols: Vec::new(),
        }
    }
}

impl Optimal {
    /// To be called when the model is new, before the next refresh.
    pub(super) fn begin(&mut self) {
        self.prices.begin();
    }

    /// Follows the model, where that was used `due` times. To be called every few hundred bytes.
    pub(super) fn refresh(&mut self, encoder: &SymbolEncoder, nice: usize, slots: usize, due: u32) {
        self.prices.refresh(encoder, nice.min(MAX_MATCH), slots, due);
    }

    /// Chooses the symbols of a stretch that begins at `start`, before the source's end.
    pub(super) fn parse(&mut self, context: &Context, candidates: &mut Candidates, start: usize) -> &[Symbol] {
        let source = &context.source;
        let encoder = context.encoder;
        self.symbols.clear();
        self.nodes.clear();
        self.nodes.ways[0] = 0;
        self.settled[0] = Settled { state: encoder.state, distances: encoder.distances };
        let mut current = 0;
        let mut last = None;
        candidates.find(source, start);
        loop {
            let position = start + current;
            if let Some(symbol) = self.expand(context, candidates, current, position) {
                candidates.skip(source, position + 1, position + symbol.length as usize);
                last = Some(symbol);
                break;
            }
            current += 1;
            // Where one of the next nodes costs hardly more, an edge from here rarely beats the same one from there: most
            // nodes inside a match are passed over.
            let is_last = |nodes: &Nodes, node| node == nodes.reach || node >= STRETCH && nodes.is_reached(node);
            let is_passed_over = |nodes: &Nodes, node| match &context.slack {
                Some(slack) => nodes.is_passed_over(node, slack),
                None => !nodes.is_reached(node),
            };
            let from = current;
            while !is_last(&self.nodes, current) && is_passed_over(&self.nodes, current) {
                current += 1;
            }
            candidates.skip(source, start + from, start + current);
            if is_last(&self.nodes, current) || self.nodes.count > EDGES - NODE_EDGES {
                break;
            }
            self.settle(current);
            candidates.find(source, start + current);
        }
        self.symbols.extend(last);
        self.trace(current);
        self.symbols.reverse();
        &self.symbols
    }

    /// Derives state and distances of a node from the node before its edge.
    #[inline(always)]
    fn settle(&mut self, current: usize) {
        let edge = self.nodes.edge(current);
        let from = edge.from();
        let length = current - from - edge.lead();
        let Settled { state, distances } = self.settled[from];
        let after = |code, length| match (code, length) {
            (Symbol::LITERAL, _) => state.literal(),
            (0, 1) => state.short_repeated(),
            (0..4, _) => state.repeated(),
            _ => state.matched(),
        };
        let state = match edge.lead() {
            0 => after(edge.code(), length),
            1 => state.literal().repeated(),
            lead => after(edge.code(), lead - 1).literal().repeated(),
        };
        self.settled[current] = Settled { state, distances: next_distances(distances, edge.code()) };
    }

    /// Offers all edges that leave the settled node `current`. Returns a match that is taken at once instead.
    #[inline(never)]
    fn expand(
        &mut self,
        context: &Context,
        candidates: &Candidates,
        current: usize,
        position: usize,
    ) -> Option<Symbol> {
        let Self { nodes, prices, settled, .. } = self;
        let prices: &Prices = prices;
        let price = nodes.price(current);
        let Settled { state, distances } = settled[current];
        let source = &context.source;
        let nice = context.nice;
        let window = source.window;
        let model = &context.encoder.model;
        let limit = MAX_MATCH.min(source.end - position);

        // What the last distances lead to, as far as eight bytes tell. Just after a dictionary reset that is nothing.
        let here = word(window, position);
        let mut differences = [u64::MAX; 4];
        if position > source.floor {
            let furthest = position - 1;
            let back = distances.map(|distance| furthest - (distance as usize).min(furthest));
            differences = if limit >= 8 {
                // SAFETY: before `position`, behind which eight bytes are in the window.
                back.map(|back| here ^ unsafe { load64_within(window, back) })
            } else {
                back.map(|back| here ^ word(window, back))
            };
        }
        let mut repeats = 0;
        for (index, difference) in differences.iter().enumerate() {
            repeats |= u32::from(difference & 0xFFFF == 0) << index;
        }
        if limit < MIN_MATCH {
            repeats = 0;
        }
        let position_state = context.position_state(position);
        let byte = here as u8;
        let expected = byte ^ differences[0] as u8;

        // A literal.
        let literal_price = price + context.literal(state, position, expected);
        let is_match = model.is_match[state.index()][position_state];
        let match_price = price + bit_price(is_match, 1);
        let repeat_price = match_price + bit_price(model.is_repeat[state.index()], 1);

        let mut lengths = [0usize; 4];
        let mut best_repeat = 0;
        let mut rest = repeats;
        while rest != 0 {
            let index = rest.trailing_zeros() as usize;
            rest &= rest - 1;
            lengths[index] = common_from(window, position, distances[index] as usize + 1, differences[index], limit);
            if lengths[index] > lengths[best_repeat] {
                best_repeat = index;
            }
        }
        if lengths[best_repeat] >= nice {
            return Some(Symbol { length: lengths[best_repeat] as u32, code: best_repeat as u32 });
        }
        let list = candidates.list();
        let mut longest = 0;
        if let Some(last) = list.last() {
            longest = last.length;
            if longest >= nice {
                return Some(Symbol { length: last.length as u32, code: last.distance as u32 + 3 });
            }
        }
        nodes.extend(current + 1.max(longest).max(lengths[best_repeat]));

        let way = nodes.add(literal_price, Edge::new(Symbol::LITERAL, current, 0));
        nodes.offer(current + 1, way);
        if differences[0] as u8 == 0 {
            // One byte of the last distance.
            let price = repeat_price
                + bit_price(model.is_older[state.index()], 0)
                + bit_price(model.is_long[state.index()][position_state], 0);
            let way = nodes.add(price, Edge::new(0, current, 0));
            nodes.offer(current + 1, way);
        } else if differences[0] & 0xFF_FF00 == 0 && limit > MIN_MATCH {
            // A literal, and on with the last distance.
            let distance = distances[0] as usize + 1;
            let length = repeat_length(source, position + 1, distance, (limit - 1).min(nice));
            if length >= MIN_MATCH {
                let price = literal_price + context.continued(prices, state.literal(), position + 1, length);
                nodes.extend(current + 1 + length);
                let way = nodes.add(price, Edge::new(Symbol::LITERAL, current, 1));
                nodes.offer(current + 1 + length, way);
            }
        }

        let mut rest = repeats;
        let mut known = MIN_MATCH - 1;
        while rest != 0 {
            let index = rest.trailing_zeros() as usize;
            rest &= rest - 1;
            let length = lengths[index];
            // An older distance that gives no more costs more.
            if length <= known {
                continue;
            }
            known = length;
            let price = repeat_price + context.repeat(state, position_state, index);
            let row = prices.repeat_lengths.row(position_state);
            let way = nodes.add(price, Edge::new(index as u32, current, 0));
            nodes.offer_lengths(current, row, way, (MIN_MATCH, length));
            let distance = distances[index] as usize + 1;
            if context.resumes(position, length, distance) {
                let full = price + row[length - MIN_MATCH];
                let symbol = Symbol { length: length as u32, code: index as u32 };
                nodes.resume(context, prices, state, current, position, symbol, distance, full);
            }
        }

        let normal_price = match_price + bit_price(model.is_repeat[state.index()], 0);
        // A match that repeats the last distance costs more than the repeat.
        let mut length = lengths[0].max(MIN_MATCH - 1) + 1;
        let row = prices.lengths.row(position_state);
        for candidate in list {
            if candidate.length < length {
                continue;
            }
            let code = candidate.distance as u32 + 3;
            let distance = prices.distances(candidate.distance as u32 - 1);
            let number = nodes.add(normal_price, Edge::new(code, current, 0));
            // The shortest lengths have contexts of their own, all others share one.
            while length < 5 && length <= candidate.length {
                let full = distance.price(length_state(length)) + row[length - MIN_MATCH];
                nodes.offer(current + length, number + (u64::from(full) << 32));
                length += 1;
            }
            if length <= candidate.length {
                let way = number + (u64::from(distance.price(3)) << 32);
                nodes.offer_lengths(current, row, way, (length, candidate.length));
                length = candidate.length + 1;
            }
            if context.resumes(position, candidate.length, candidate.distance) {
                let full =
                    normal_price + distance.price(length_state(candidate.length)) + row[candidate.length - MIN_MATCH];
                let symbol = Symbol { length: candidate.length as u32, code };
                nodes.resume(context, prices, state, current, position, symbol, candidate.distance, full);
            }
        }
        None
    }

    /// Appends the symbols of the cheapest way to `last`, the last one first.
    fn trace(&mut self, last: usize) {
        let mut current = last;
        while current > 0 {
            let edge = self.nodes.edge(current);
            let from = edge.from();
            let lead = edge.lead() as u32;
            let symbol = Symbol { length: (current - from) as u32 - lead, code: edge.code() };
            if lead == 0 {
                self.symbols.push(symbol);
            } else {
                self.symbols.push(Symbol { code: 0, ..symbol });
                self.symbols.push(Symbol::literal());
                if lead > 1 {
                    self.symbols.push(Symbol { length: lead - 1, code: edge.code() });
                }
            }
            current = from;
        }
    }
}
