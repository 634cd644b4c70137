namespace Nave.Hub.Queries;

/// <summary>A node whose value is a truth value.</summary>
internal abstract class ConditionEvaluator : Evaluator
{
    /// <inheritdoc/>
    public abstract override Truth Test(IQueryRow row);

    /// <inheritdoc/>
    public sealed override QueryValue Evaluate(IQueryRow row) => Test(row) switch
    {
        Truth.True => QueryValue.True,
        Truth.False => QueryValue.False,
        _ => QueryValue.Undefined,
    };
}
