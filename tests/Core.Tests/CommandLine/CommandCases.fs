/// What a command line is read as.
module DynamicRcnn.Core.Tests.CommandLine.CommandCases

open System
open DynamicRcnn.Core
open DynamicRcnn.CommandLine
open DynamicRcnn.Core.Tests
open Expecto

/// Words of a command line, separated by spaces.
let private parse (line: string) : Parsed<Command> =
    CommandParser.parse (line.Split(' ', StringSplitOptions.RemoveEmptyEntries))

let command (line: string) : Command = (parse line).Value

let message (line: string) : string = single (parse line).Problems

/// What options say about the configuration: the preset, then each field by the name of its option.
let choice (preset: string | null) (options: (string * string * ConfigValue) list) : ConfigChoice = {
    ConfigChoice.none with
        Preset = preset
        Options = [|
            for name, path, value in options ->
                {
                    Option = name
                    Path = path
                    Value = value
                }
        |]
}

let cells = "--data", "data.path", ConfigValue.Text "cells"
