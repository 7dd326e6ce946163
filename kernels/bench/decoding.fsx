// Decodes the files of the arguments once for each line of the input, and prints the milliseconds a picture. decoding.py starts it.
open System
open System.Diagnostics
open System.IO
open DynamicRcnn.Data

let files =
    fsi.CommandLineArgs |> Array.skip 1 |> Array.map File.ReadAllBytes

while not (isNull (Console.In.ReadLine())) do
    let clock = Stopwatch.StartNew()

    for file in files do
        ImageCodec.Decode(ReadOnlySpan file) |> ignore

    printfn $"%.4f{clock.Elapsed.TotalMilliseconds / float files.Length}"
