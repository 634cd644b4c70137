using System.CommandLine;
using Nave.Fuzz;

// Every class that implements IFuzzTarget is a target.
var targets = typeof(IFuzzTarget).Assembly.GetTypes()
    .Where(type => type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(typeof(IFuzzTarget)))
    .ToDictionary(type => ((IFuzzTarget)Activator.CreateInstance(type)!).Name); // Every target has such a constructor.

var name = new Argument<string>("target") { Description = $"{FuzzSuite.All} of them, or one of: {string.Join(", ", targets.Keys.Order())}." };
name.AcceptOnlyFromAmong([FuzzSuite.All, .. targets.Keys]);
var inputs = new Option<long>("--inputs") { Description = "How many inputs, for each target.", DefaultValueFactory = _ => 200_000 };
var seed = new Option<int>("--seed") { Description = "The same seed makes the same inputs.", DefaultValueFactory = _ => 1 };
var isShort = new Option<bool>("--short") { Description = "Fewer inputs for the targets whose inputs take long." };
var command = new RootCommand("Feeds mutated inputs to a parser and stops at the first finding.") { name, inputs, seed, isShort };
command.SetAction(parsed =>
{
    var suite = new FuzzSuite(TimeProvider.System, Console.Out);
    return parsed.GetRequiredValue(name) is var wanted && wanted == FuzzSuite.All
        ? suite.Run(targets.Values, parsed.GetValue(inputs), parsed.GetValue(seed), parsed.GetValue(isShort))
        : suite.Run([targets[wanted]], parsed.GetValue(inputs), parsed.GetValue(seed), parsed.GetValue(isShort));
});
return command.Parse(args).Invoke();
