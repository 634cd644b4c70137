using FsCheck;
using FsCheck.Fluent;
using Nave.Storage;
using Xunit;

namespace Nave.Testing;

public abstract partial class StateStoreContract
{
    [Fact]
    public async Task Random_histories_leave_what_the_model_says()
    {
        var write =
            from kind in Gen.Frequency((6, Gen.Constant(StateWriteKind.Put)), (2, Gen.Constant(StateWriteKind.Delete)), (1, Gen.Constant(StateWriteKind.Require)))
            from collection in Gen.Choose(0, 1)
            from key in Gen.Choose(0, 7)
            from expected in Gen.Frequency(
                (3, Gen.Constant(StateModelExpectation.Any)),
                (4, Gen.Constant(StateModelExpectation.Current)),
                (1, Gen.Constant(StateModelExpectation.Absent)),
                (1, Gen.Constant(StateModelExpectation.Stale)))
            from terms in Gen.Choose(-4, 15)
            select new StateModelWrite(kind, collection, key, expected, Math.Max(-1, terms));
        var step =
            from count in Gen.Choose(0, 4)
            from writes in write.ArrayOf(count)
            from published in Gen.Choose(0, 2)
            from remove in Gen.Frequency((4, Gen.Constant(0)), (1, Gen.Choose(1, 5)))
            from reopen in Gen.Frequency((15, Gen.Constant(false)), (1, Gen.Constant(true)))
            select new StateModelStep(writes, published, remove, reopen);
        var histories = Arb.From(step.ArrayOf(), Shorter);

        // FsCheck's runner is synchronous: on a thread of its own it holds nobody up.
        var history = 0;
        await Task.Run(
            () => Prop.ForAll(histories, steps => ReplayAsync($"history {history++}", steps).GetAwaiter().GetResult())
                .Check(Config.QuickThrowOnFailure.WithMaxTest(40).WithEndSize(30)),
            Deadline);
    }

    private static IEnumerable<StateModelStep[]> Shorter(StateModelStep[] steps)
    {
        for (var length = steps.Length / 2; length > 0; length /= 2)
        {
            for (var start = 0; start + length <= steps.Length; start += length)
            {
                yield return [.. steps[..start], .. steps[(start + length)..]];
            }
        }
    }

    private async Task ReplayAsync(string name, StateModelStep[] steps)
    {
        var model = new StateModel();
        var store = await OpenAsync(name);
        try
        {
            foreach (var step in steps)
            {
                var transaction = model.Make(step);
                model.Apply(transaction, await store.CommitAsync(transaction, Deadline));
                if (step.Remove > 0)
                {
                    await store.RemoveOutboxAsync(model.Remove(step.Remove), Deadline);
                }

                if (step.Reopen)
                {
                    await store.DisposeAsync();
                    store = await OpenAsync(name);
                }
            }

            await model.CompareAsync(store, Deadline);
        }
        finally
        {
            await store.DisposeAsync();
        }
    }
}
