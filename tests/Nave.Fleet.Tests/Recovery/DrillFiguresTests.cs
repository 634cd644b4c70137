using Nave.Fleet.Recovery;

namespace Nave.Fleet.Tests.Recovery;

public sealed class DrillFiguresTests
{
    [Fact]
    public void Figures_are_of_those_clients_that_have_one()
    {
        var figures = DrillFigures.Of([.. Enumerable.Range(1, 100).Select(number => (double?)number), null])!;
        Assert.Equal(new DrillFigures(100, 1, 50, 95, 100), figures);
        Assert.Equal(new DrillFigures(1, 7, 7, 7, 7), DrillFigures.Of([7]));
        Assert.Null(DrillFigures.Of([null]));
    }
}
