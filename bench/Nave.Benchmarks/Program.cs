using BenchmarkDotNet.Running;
using Nave.Benchmarks;

// `log` measures the segment log as a whole, `state` the state stores; anything else goes to BenchmarkDotNet (`--filter '*'`, `--list flat`).
if (args is ["log", ..])
{
    await LogBench.RunAsync(args[1..]);
}
else if (args is ["state", ..])
{
    await StateBench.RunAsync(args[1..]);
}
else
{
    BenchmarkSwitcher.FromAssembly(typeof(LogBench).Assembly).Run(args);
}
