namespace DynamicRcnn.CommandLine

open System
open FSharp.Reflection
open Argu
open DynamicRcnn.Core

/// What an option or a command is for, as the help says it.
[<AttributeUsage(AttributeTargets.Property)>]
type internal MeansAttribute(text: string) =
    inherit Attribute()
    member _.Text = text

/// The field of the configuration that an option sets.
[<AttributeUsage(AttributeTargets.Property)>]
type internal SetsAttribute(path: string) =
    inherit Attribute()
    member _.Path = path

/// Options as their unions describe them: name, type, meaning, and the field that they set.
[<RequireQualifiedAccess>]
module internal OptionTable =

    let private attribute<'A when 'A :> Attribute> (case: UnionCaseInfo) : 'A option =
        case.GetCustomAttributes typeof<'A> |> Seq.cast<'A> |> Seq.tryHead

    let private caseOf (argument: 'T) : UnionCaseInfo * (obj | null) array =
        FSharpValue.GetUnionFields(argument, typeof<'T>, allowAccessToPrivateRepresentation = true)

    /// The text of the help.
    let meaning (argument: 'T) : string =
        caseOf argument
        |> fst
        |> attribute<MeansAttribute>
        |> Option.map _.Text
        |> Option.defaultValue ""

    let private optionName (case: UnionCaseInfo) : string =
        "--" + case.Name.ToLowerInvariant().Replace('_', '-')

    /// The names of the cases that are commands.
    let commands<'T> : string list =
        FSharpType.GetUnionCases(typeof<'T>, allowAccessToPrivateRepresentation = true)
        |> Array.filter (fun case -> case.GetFields() |> Array.exists (fun field -> field.PropertyType.IsGenericType))
        |> Array.map _.Name.ToLowerInvariant()
        |> List.ofArray

    let private valueOf (fields: (obj | null) array) : ConfigValue =
        match fields with
        | [| :? int as number |] -> ConfigValue.Int number
        | [| :? string as text |] -> ConfigValue.Text text
        | _ -> ConfigValue.Bool true

    let private texts (fields: (obj | null) array) : string list = [
        for field in fields do
            match field with
            | :? string as text -> text
            | _ -> ()
    ]

    /// What a command's options say about the configuration.
    let choice (threads: int option) (given: ParseResults<'T>) : ConfigChoice =
        let add (choice: ConfigChoice) (argument: 'T) =
            let case, fields = caseOf argument

            match case.Name, texts fields, attribute<SetsAttribute> case with
            | "Preset", [ name ], _ -> { choice with Preset = name }
            | "Config", [ file ], _ -> {
                choice with
                    Files = Array.append choice.Files [| file |]
              }
            | "Set", [ assignment ], _ -> {
                choice with
                    Sets = Array.append choice.Sets [| assignment |]
              }
            | _, _, Some field -> ConfigChoice.withOption (optionName case) field.Path (Some(valueOf fields)) choice
            | _ -> choice

        given.GetAllResults()
        |> List.sortBy (fun argument -> (fst (caseOf argument)).Tag)
        |> List.fold add ConfigChoice.none
        |> ConfigChoice.withOption "--threads" "run.threads" (threads |> Option.map ConfigValue.Int)
