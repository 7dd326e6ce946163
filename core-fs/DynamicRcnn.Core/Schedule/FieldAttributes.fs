namespace DynamicRcnn.Core

open System

/// What one value of the configuration may be, beyond its kind.
[<RequireQualifiedAccess>]
type Allowed =
    | Anything
    | AtLeast of float
    | MoreThan of float
    /// Both ends allowed.
    | Between of Low: float * High: float
    /// The upper end not allowed.
    | FromBelow of Low: float * High: float
    /// The lower end not allowed.
    | MoreThanUpTo of Low: float * High: float
    | OneOf of int list
    /// `auto`, `cpu`, `cuda` or `cuda:N`.
    | Device
    /// So many items, each of which is allowed.
    | Exactly of Count: int * Item: Allowed
    /// One item or more, each of which is allowed.
    | NonEmpty of Item: Allowed
    /// Any number of items, each larger than the one before, each of which is allowed.
    | Ascending of Item: Allowed

/// What a field of the configuration means: the one description that checks, docs/config.md and the JSON schema are made from.
[<AttributeUsage(AttributeTargets.Property)>]
type FieldAttribute(meaning: string) =
    inherit Attribute()
    member _.Meaning = meaning

    /// Where and how fast a run computes, how long, what it reports. A change of anything else is one of mathematics, which a
    /// resumed run refuses.
    member val MayChangeOnResume = false with get, set

/// The range of a field's value, or of each item of a list.
[<AbstractClass; AttributeUsage(AttributeTargets.Property)>]
type RangeAttribute(allowed: Allowed) =
    inherit Attribute()
    member _.Allowed = allowed

type AtLeastAttribute(low: float) =
    inherit RangeAttribute(Allowed.AtLeast low)

type MoreThanAttribute(low: float) =
    inherit RangeAttribute(Allowed.MoreThan low)

/// Both ends allowed.
type BetweenAttribute(low: float, high: float) =
    inherit RangeAttribute(Allowed.Between(low, high))

/// The upper end not allowed.
type FromBelowAttribute(low: float, high: float) =
    inherit RangeAttribute(Allowed.FromBelow(low, high))

/// The lower end not allowed.
type MoreThanUpToAttribute(low: float, high: float) =
    inherit RangeAttribute(Allowed.MoreThanUpTo(low, high))

type OneOfAttribute([<ParamArray>] values: int array) =
    inherit RangeAttribute(Allowed.OneOf(List.ofArray values))

/// `auto`, `cpu`, `cuda` or `cuda:N`.
type DeviceAttribute() =
    inherit RangeAttribute(Allowed.Device)

/// How many items a list has, and in which order.
[<AbstractClass; AttributeUsage(AttributeTargets.Property)>]
type ItemsAttribute(ofItem: Allowed -> Allowed) =
    inherit Attribute()
    member _.Of(item: Allowed) : Allowed = ofItem item

type ExactlyAttribute(count: int) =
    inherit ItemsAttribute(fun item -> Allowed.Exactly(count, item))

type NonEmptyAttribute() =
    inherit ItemsAttribute(Allowed.NonEmpty)

/// Each item is larger than the one before.
type AscendingAttribute() =
    inherit ItemsAttribute(Allowed.Ascending)
