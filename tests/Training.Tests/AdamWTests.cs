using System.Globalization;
using DynamicRcnn.Core;
using DynamicRcnn.Tests;
using Xunit;

namespace DynamicRcnn.Training.Tests;

public sealed class AdamWTests
{
    private const int Steps = 50;
    private const int Elements = 37; // wider than a vector of the processor, and not a multiple of one

    private const string Script = """
        import torch
        def started(shift):
            return torch.nn.Parameter(torch.tensor([((7 * i + shift) % 19 - 9) / 64 for i in range(ELEMENTS)]))
        weight, bias = started(0), started(5)
        groups = [dict(params=[weight], weight_decay=0.05), dict(params=[bias], weight_decay=0.0, lr=0.002)]
        adam = torch.optim.AdamW(groups, lr=0.001, betas=(0.9, 0.999), eps=1e-8)
        for step in range(STEPS):
            for place, parameter in enumerate((weight, bias)):
                values = [((3 * i + 7 * step + place) % 11 - 5) / 8 for i in range(ELEMENTS)]
                parameter.grad = torch.tensor(values)
            adam.step()
        print(*[repr(value) for value in weight.tolist() + bias.tolist()])
        """;

    /// <summary>AdamW with the bias rule: twice the rate, no decay.</summary>
    private static SolverConfig Solver =>
        ConfigText
            .Resolve(
                new ConfigSources(
                    "tiny-demo",
                    [],
                    [
                        "solver.optimizer=AdamW",
                        "solver.baseLearningRate=0.001",
                        "solver.weightDecay=0.05",
                        "solver.biasLearningRateFactor=2",
                        "solver.biasWeightDecay=0",
                        "solver.gradientClipNorm=0",
                    ],
                    []
                )
            )
            .Value.Config.Solver;

    private static Parameter Started(int shift) =>
        new(Row(Enumerable.Range(0, Elements).Select(i => ((((7 * i) + shift) % 19) - 9) / 64f)));

    private static torch.Tensor Gradient(int step, int place) =>
        Row(Enumerable.Range(0, Elements).Select(i => ((((3 * i) + (7 * step) + place) % 11) - 5) / 8f));

    private static torch.Tensor Row(IEnumerable<float> values) => ops.from_span<float>([.. values], [Elements]);

    private static void Make(Optimizer optimizer, Parameter[] parameters, int step, float norm)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        for (int place = 0; place < parameters.Length; place++)
        {
            parameters[place].grad = Gradient(step, place);
        }
        optimizer.Step(torch.tensor(0.001f), torch.tensor(norm));
    }

    private static float[] All(Optimizer optimizer, Parameter[] parameters) =>
        [
            .. parameters.SelectMany(parameter => ops.to_array<float>(parameter)),
            .. optimizer.Momentum.OrderBy(pair => pair.Key).SelectMany(pair => ops.to_array<float>(pair.Value)),
        ];

    [Theory]
    [InlineData(StepReading.EachStep)]
    [InlineData(StepReading.EachWindow)]
    public void Fifty_steps_are_those_of_torch(StepReading reading)
    {
        string printed = Python.RunText(
            AppContext.BaseDirectory,
            Script
                .Replace("ELEMENTS", $"{Elements}", StringComparison.Ordinal)
                .Replace("STEPS", $"{Steps}", StringComparison.Ordinal),
            "torch"
        );
        float[] expected =
        [
            .. printed
                .Split()
                .Where(word => word.Length > 0)
                .Select(word => float.Parse(word, CultureInfo.InvariantCulture)),
        ];
        using Parameter weight = Started(0);
        using Parameter bias = Started(5);
        using Optimizer optimizer = Optimizer.Of([("a.weight", weight), ("a.bias", bias)], Solver, reading);
        for (int step = 0; step < Steps; step++)
        {
            Make(optimizer, [weight, bias], step, norm: 1);
        }
        float[] actual = [.. ops.to_array<float>(weight), .. ops.to_array<float>(bias)];
        Assert.Equal(2 * Elements, expected.Length);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-7f));
        Assert.Equal(Steps, optimizer.Momentum["step"].item<float>());
    }

    [Theory]
    [InlineData(StepReading.EachStep, float.NaN)]
    [InlineData(StepReading.EachStep, float.PositiveInfinity)]
    [InlineData(StepReading.EachWindow, float.NaN)]
    [InlineData(StepReading.EachWindow, float.PositiveInfinity)]
    public void A_step_that_is_not_finite_changes_no_bit_and_is_not_counted(StepReading reading, float norm)
    {
        using Parameter weight = Started(0);
        using Parameter bias = Started(5);
        Parameter[] both = [weight, bias];
        using Optimizer optimizer = Optimizer.Of([("a.weight", weight), ("a.bias", bias)], Solver, reading);
        Assert.Equal(
            ["first.a.bias", "first.a.weight", "second.a.bias", "second.a.weight", "step"],
            optimizer.Momentum.Keys.Order(StringComparer.Ordinal)
        );
        Make(optimizer, both, step: 0, norm: 1);
        float[] before = All(optimizer, both);
        Make(optimizer, both, step: 1, norm);
        Assert.Equal(before, All(optimizer, both));
        Make(optimizer, both, step: 1, norm: 1);
        float[] after = All(optimizer, both);
        Assert.Equal(1, before[^1]);
        Assert.Equal(2, after[^1]);
        Assert.All(before.Zip(after).Take(2 * Elements), pair => Assert.NotEqual(pair.First, pair.Second));
    }
}
