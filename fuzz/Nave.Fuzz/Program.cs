using System.CommandLine;
using Nave.Fuzz;

// Every class that implements IFuzzTarget is a target.
var targets = typeof(IFuzzTarget).Assembly.GetTypes()
    .Where(type => type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(typeof(IFuzzTarget)))
    .Select(type => (IFuzzTarget)Activator.CreateInstance(type)!)
    .ToDictionary(target => target.Name);

var name = new Argument<string>("target") { Description = $"One of: {string.Join(", ", targets.Keys.Order())}." };
name.AcceptOnlyFromAmong([.. targets.Keys]);
var inputs = new Option<long>("--inputs") { Description = "How many inputs.", DefaultValueFactory = _ => 200_000 };
var seed = new Option<int>("--seed") { Description = "The same seed makes the same inputs.", DefaultValueFactory = _ => 1 };
var command = new RootCommand("Feeds mutated inputs to a parser and stops at the first finding.") { name, inputs, seed };
command.SetAction(parsed => new FuzzRunner(targets[parsed.GetRequiredValue(name)], TimeProvider.System, Console.Out)
    .Run(parsed.GetValue(inputs), parsed.GetValue(seed)));
return command.Parse(args).Invoke();
