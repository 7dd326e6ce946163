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

let ok (result: Result<'T, ConfigError list>) : 'T =
    match result with
    | Ok value -> value
    | Error errors -> failtest (errors |> List.map ConfigError.describe |> String.concat "\n")

let problems (result: Result<ResolvedConfig, ConfigError list>) : string list =
    match result with
    | Ok _ -> []
    | Error errors -> errors |> List.map ConfigError.describe

let originOf (path: string) (resolved: ResolvedConfig) : string =
    (resolved.Origins |> Array.find (fun origin -> origin.Path = path)).Origin
