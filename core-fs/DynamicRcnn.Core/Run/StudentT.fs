namespace DynamicRcnn.Core

open System

/// Student's t distribution for whole degrees of freedom, of which its distribution function is a finite sum (Abramowitz and Stegun 26.7.3-4).
[<RequireQualifiedAccess>]
module StudentT =

    /// Half of P(-t < T < t), of t >= 0.
    let private half (t: float) (degrees: int) : float =
        let angle = atan (t / sqrt (float degrees))
        let cosine = cos angle
        // 1 + 1/2 c^2 + 1*3/(2*4) c^4 ..., or c + 2/3 c^3 + 2*4/(3*5) c^5 ...
        let first = if degrees % 2 = 0 then 1.0 else cosine

        let terms =
            Seq.unfold
                (fun (place, term) ->
                    if place > degrees - 2 then
                        None
                    else
                        let next = term * cosine * cosine * float (place + 1) / float (place + 2)
                        Some(term, (place + 2, next)))
                ((if degrees % 2 = 0 then 0 else 1), first)
            |> Seq.sum

        if degrees % 2 = 0 then
            sin angle * terms / 2.0
        else
            (angle + sin angle * terms) / Math.PI

    /// P(T > t) with so many degrees of freedom, at least 1.
    [<CompiledName "Tail">]
    let tail (t: float, degrees: int) : float =
        if degrees < 1 then
            invalidArg (nameof degrees) $"degrees is {degrees}, expected at least 1"

        if t >= 0.0 then
            0.5 - half t degrees
        else
            0.5 + half -t degrees

    /// The t that is passed with a probability above 0 and up to 0.5.
    [<CompiledName "Quantile">]
    let quantile (probability: float, degrees: int) : float =
        let rec bound t =
            if tail (t, degrees) > probability then
                bound (2.0 * t)
            else
                t

        let rec search low high steps =
            let middle = (low + high) / 2.0

            if steps = 0 then
                middle
            elif tail (middle, degrees) > probability then
                search middle high (steps - 1)
            else
                search low middle (steps - 1)

        search 0.0 (bound 1.0) 60
