//! The optimal parser: the cheapest way through a stretch of the input.
//!
//! Nodes are positions, edges are symbols with their prices under the model as it is now. Nodes are settled in order,
//! so every edge is looked at once. Besides single symbols there are edges for the three-step patterns that a
//! one-symbol view undervalues, because only the last step pays: a literal, or a match and a literal, and then the same
//! distance again. A stretch ends where no edge leads beyond a node (nothing decided later can change what lies before),
//! at a match so long that nothing can beat it, or after [`STRETCH`] bytes.

use super::candidates::{Candidates, Source, repeat_length};
use super::model::{LENGTH_STATES, MAX_MATCH, MIN_MATCH, POSITION_STATES, State, length_state, literal_context};
use super::prices::{Prices, bit_price, matched_literal_price};
use super::symbols::{Distances, Symbol, SymbolEncoder, next_distances};

/// Longest stretch that is parsed at once.
const STRETCH: usize = 2048;
/// Nodes: an edge from the last one of a stretch can be a match, a literal and a match.
const NODES: usize = STRETCH + 2 * MAX_MATCH + 2;
/// No edge leads here yet.
const UNREACHED: u32 = u32::MAX;

/// What precedes the symbol in the edge that leads to a node.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Lead {
    /// Nothing: the edge is one symbol.
    #[default]
    None,
    /// A literal; the symbol repeats the last distance.
    Literal,
    /// The match of the node's code with this length, and a literal; the symbol repeats the match's distance.
    Match(u16),
}

#[derive(Clone, Copy, Default)]
struct Node {
    /// Of the cheapest way to here.
    price: u32,
    /// That way's last symbol, or the match that leads it.
    code: u32,
    length: u16,
    lead: Lead,
    /// After the way; known when the node is settled.
    state: State,
    distances: Distances,
}

impl Node {
    /// Bytes of the edge that leads here.
    #[inline(always)]
    fn edge(&self) -> usize {
        usize::from(self.length)
            + match self.lead {
                Lead::None => 0,
                Lead::Literal => 1,
                Lead::Match(length) => usize::from(length) + 1,
            }
    }
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

/// The parser and its nodes.
pub(super) struct Optimal {
    nodes: Box<[Node]>,
    prices: Box<Prices>,
    symbols: Vec<Symbol>,
    /// Last node that has a price.
    reach: usize,
}

impl Default for Optimal {
    fn default() -> Self {
        Self {
            nodes: vec![Node::default(); NODES].into_boxed_slice(),
            prices: Box::new(Prices::new()),
            symbols: Vec::new(),
            reach: 0,
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
        self.reach = 0;
        self.nodes[0] = Node { state: encoder.state, distances: encoder.distances, ..Node::default() };
        let mut current = 0;
        let mut last = None;
        loop {
            if current > 0 {
                self.settle(current);
                if current == self.reach || current >= STRETCH {
                    break;
                }
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
        let node = self.nodes[current];
        let from = &self.nodes[current - node.edge()];
        let (state, distances) = match node.lead {
            Lead::None => {
                let state = match (node.code, node.length) {
                    (Symbol::LITERAL, _) => from.state.literal(),
                    (0, 1) => from.state.short_repeated(),
                    (0..4, _) => from.state.repeated(),
                    _ => from.state.matched(),
                };
                (state, next_distances(from.distances, node.code))
            }
            Lead::Literal => (from.state.literal().repeated(), from.distances),
            Lead::Match(_) => {
                let first = if node.code < 4 { from.state.repeated() } else { from.state.matched() };
                (first.literal().repeated(), next_distances(from.distances, node.code))
            }
        };
        let node = &mut self.nodes[current];
        node.state = state;
        node.distances = distances;
    }

    /// Makes nodes up to `to` ready for prices.
    #[inline(always)]
    fn extend(&mut self, to: usize) {
        if to > self.reach {
            for node in &mut self.nodes[self.reach + 1..=to] {
                node.price = UNREACHED;
            }
            self.reach = to;
        }
    }

    /// Offers an edge to the node `to`.
    #[inline(always)]
    fn offer(&mut self, to: usize, price: u32, code: u32, length: usize, lead: Lead) {
        let node = &mut self.nodes[to];
        if price < node.price {
            node.price = price;
            node.code = code;
            node.length = length as u16;
            node.lead = lead;
        }
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
        let Node { price, state, distances, .. } = self.nodes[current];
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
        self.extend(current + 1);

        let position_state = context.position_state(position);
        let byte = window[position];
        let distance0 = distances[0] as usize + 1;
        let expected = if distance0 <= position - source.floor { Some(window[position - distance0]) } else { None };
        let is_match = model.is_match[state.index()][position_state];

        // A literal.
        let literal_price = price + context.literal(&self.prices, state, position, expected.unwrap_or(0));
        self.offer(current + 1, literal_price, Symbol::LITERAL, 1, Lead::None);

        let match_price = price + bit_price(is_match, 1);
        let repeat_price = match_price + bit_price(model.is_repeat[state.index()], 1);

        if expected == Some(byte) {
            // One byte of the last distance.
            let price = repeat_price
                + bit_price(model.is_older[state.index()], 0)
                + bit_price(model.is_long[state.index()][position_state], 0);
            self.offer(current + 1, price, 0, 1, Lead::None);
        } else if limit > MIN_MATCH && expected.is_some() {
            // A literal, and on with the last distance.
            let length = repeat_length(source, position + 1, distance0, (limit - 1).min(nice));
            if length >= MIN_MATCH {
                let state = state.literal();
                let price = literal_price + context.continued(&self.prices, state, position + 1, length);
                self.extend(current + 1 + length);
                self.offer(current + 1 + length, price, Symbol::LITERAL, length, Lead::Literal);
            }
        }
        if limit < MIN_MATCH {
            return None;
        }

        for (index, &length) in repeats.iter().enumerate() {
            if length < MIN_MATCH {
                continue;
            }
            let price = repeat_price + context.repeat(state, position_state, index);
            self.extend(current + length);
            let row = self.prices.repeat_lengths.row(position_state);
            for (step, node) in self.nodes[current + MIN_MATCH..=current + length].iter_mut().enumerate() {
                let price = price + row[step];
                if price < node.price {
                    node.price = price;
                    node.code = index as u32;
                    node.length = (step + MIN_MATCH) as u16;
                    node.lead = Lead::None;
                }
            }
            let full = price + row[length - MIN_MATCH];
            let distance = distances[index] as usize + 1;
            self.resume(
                context,
                current,
                position,
                Symbol { length: length as u32, code: index as u32 },
                distance,
                full,
            );
        }

        let normal_price = match_price + bit_price(model.is_repeat[state.index()], 0);
        // A match that repeats the last distance costs more than the repeat.
        let mut length = if repeats[0] >= MIN_MATCH { repeats[0] + 1 } else { MIN_MATCH };
        for candidate in list {
            if candidate.length < length {
                continue;
            }
            self.extend(current + candidate.length);
            let code = candidate.distance as u32 + 3;
            let distance = candidate.distance as u32 - 1;
            let row = self.prices.lengths.row(position_state);
            while length <= candidate.length {
                let lengths = length_state(length);
                let base = normal_price + self.prices.distance(lengths, distance);
                // All lengths but the shortest share a context.
                let end = if lengths == LENGTH_STATES - 1 { candidate.length } else { length };
                let row = &row[length - MIN_MATCH..=end - MIN_MATCH];
                for (step, node) in self.nodes[current + length..=current + end].iter_mut().enumerate() {
                    let price = base + row[step];
                    if price < node.price {
                        node.price = price;
                        node.code = code;
                        node.length = (length + step) as u16;
                        node.lead = Lead::None;
                    }
                }
                length = end + 1;
            }
            let full = normal_price
                + self.prices.distance(length_state(candidate.length), distance)
                + row[candidate.length - MIN_MATCH];
            let symbol = Symbol { length: candidate.length as u32, code };
            self.resume(context, current, position, symbol, candidate.distance, full);
        }
        None
    }

    /// Offers the edge of a match that costs `price`, a literal behind it, and the same distance again.
    #[inline(always)]
    fn resume(
        &mut self,
        context: &Context,
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
        let state = self.nodes[current].state;
        let state = if symbol.code < 4 { state.repeated() } else { state.matched() };
        let price = price
            + context.literal(&self.prices, state, literal, source.window[literal - distance])
            + context.continued(&self.prices, state.literal(), literal + 1, again);
        let to = current + length + 1 + again;
        self.extend(to);
        self.offer(to, price, symbol.code, again, Lead::Match(length as u16));
    }

    /// Appends the symbols of the cheapest way to `last`, the last one first.
    fn trace(&mut self, last: usize) {
        let mut current = last;
        while current > 0 {
            let node = &self.nodes[current];
            let symbol = Symbol { length: u32::from(node.length), code: node.code };
            match node.lead {
                Lead::None => self.symbols.push(symbol),
                Lead::Literal => {
                    self.symbols.push(Symbol { code: 0, ..symbol });
                    self.symbols.push(Symbol::literal());
                }
                Lead::Match(length) => {
                    self.symbols.push(Symbol { code: 0, ..symbol });
                    self.symbols.push(Symbol::literal());
                    self.symbols.push(Symbol { length: u32::from(length), code: node.code });
                }
            }
            current -= node.edge();
        }
    }
}
