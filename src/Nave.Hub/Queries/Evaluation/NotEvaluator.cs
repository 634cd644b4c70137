namespace Nave.Hub.Queries;

/// <summary>NOT: undefined stays undefined.</summary>
internal sealed class NotEvaluator(Evaluator operand) : ConditionEvaluator
{
    /// <inheritdoc/>
    public override Truth Test(IQueryRow row) => operand.Test(row) switch
    {
        Truth.True => Truth.False,
        Truth.False => Truth.True,
        _ => Truth.Undefined,
    };
}
