/// Expecto's expectations, the expected value first and without a message: the name of a test is its sentence.
[<AutoOpen>]
module DynamicRcnn.Core.Tests.Expectations

open Expecto

/// NaN equals NaN; arrays and records are equal when what they hold is.
let equal (expected: 'T) (actual: 'T) : unit =
    if not (LanguagePrimitives.GenericEqualityER expected actual) then
        Expect.equal actual expected "not what is expected"

let notEqual (unexpected: 'T) (actual: 'T) : unit =
    Expect.notEqual actual unexpected "what is not to be"

/// Equal but for an absolute difference.
let within (tolerance: float) (expected: float) (actual: float) : unit =
    Expect.floatClose { absolute = tolerance; relative = 0.0 } actual expected "too far from what is expected"

let isTrue (condition: bool) : unit = Expect.isTrue condition "does not hold"

let isFalse (condition: bool) : unit = Expect.isFalse condition "holds"

let inRange (lowest: 'T) (highest: 'T) (actual: 'T) : unit =
    Expect.isTrue (lowest <= actual && actual <= highest) $"{actual} is not from {lowest} to {highest}"

let isEmpty (items: 'T seq) : unit = Expect.isEmpty items "is not empty"

let contains (item: 'T) (items: 'T seq) : unit =
    Expect.contains items item "lacks an item"

let exists (holds: 'T -> bool) (items: 'T seq) : unit =
    Expect.exists items holds "holds for no item"

/// The one item that is there.
let single (items: 'T seq) : 'T =
    match List.ofSeq items with
    | [ item ] -> item
    | items -> failtest $"expected one item, got {items.Length}: %A{items}"

let containsText (part: string) (text: string) : unit =
    Expect.stringContains text part "lacks a text"

let startsWith (start: string) (text: string) : unit =
    Expect.stringStarts text start "begins otherwise"

let endsWith (last: string) (text: string) : unit =
    Expect.stringEnds text last "ends otherwise"
