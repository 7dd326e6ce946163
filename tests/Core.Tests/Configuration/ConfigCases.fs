/// Sources and results that the tests of configuration texts share.
module DynamicRcnn.Core.Tests.Configuration.ConfigCases

open DynamicRcnn.Core
open Expecto

let none: ConfigSources = {
    Preset = null
    Layers = [||]
    Sets = [||]
    Options = [||]
}

let demo = { none with Preset = "tiny-demo" }

let file (text: string) : ConfigLayer = { FileName = "my.json"; Text = text }

let option (name: string) (path: string) (value: string) : OptionValue = {
    Option = name
    Path = path
    Value = ConfigValue.Text value
}

let ok (parsed: Parsed<'T>) : 'T = parsed.Value

let problems (parsed: Parsed<ResolvedConfig>) : string list = List.ofSeq parsed.Problems

let originOf (path: string) (resolved: ResolvedConfig) : string =
    (resolved.Origins |> Array.find (fun origin -> origin.Path = path)).Origin
