module DynamicRcnn.Core.Tests.Property

open FsCheck

/// Every property runs on the same 200 cases, so that a failure repeats.
let config =
    Config.QuickThrowOnFailure.WithMaxTest(200).WithReplay(20260101UL, 1UL).WithQuietOnSuccess(true)

/// Checks a property and throws with the shrunk case when it is false.
let check (property: 'P) = Check.One(config, property)
