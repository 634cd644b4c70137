namespace Nave.Hub.Queries;

/// <summary>AND and OR: the deciding value wins over undefined, undefined over the other.</summary>
internal sealed class LogicalEvaluator(LogicalOperator op, Evaluator[] operands) : ConditionEvaluator
{
    private readonly Truth _deciding = op == LogicalOperator.And ? Truth.False : Truth.True;

    /// <inheritdoc/>
    public override Truth Test(IQueryRow row)
    {
        var isUndefined = false;
        foreach (var operand in operands)
        {
            var truth = operand.Test(row);
            if (truth == _deciding)
            {
                return truth;
            }

            isUndefined |= truth == Truth.Undefined;
        }

        return isUndefined ? Truth.Undefined : _deciding == Truth.False ? Truth.True : Truth.False;
    }
}
