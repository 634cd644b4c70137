using Nave.Api;
using Nave.Fleet.Replication.Documents;

namespace Nave.Fleet.Tests.Replication.Folding;

public sealed class JsonEqualityTests
{
    [Theory]
    [InlineData("""{"a":1,"b":2}""", """{"b":2, "a":1}""", true)]
    [InlineData("""{"a":1}""", """{"a":1,"b":2}""", false)]
    [InlineData("""{"a":1,"b":2}""", """{"a":1}""", false)]
    [InlineData("[1,2]", "[2,1]", false)]
    [InlineData("1.50", "15e-1", true)]
    [InlineData("-0", "0", true)]
    [InlineData("1e400", "10e399", true)]
    [InlineData("100", "1E+2", true)]
    [InlineData("12345678901234567890", "12345678901234567891", false)]
    [InlineData("\"\\u00e4\"", "\"ä\"", true)]
    [InlineData("null", "false", false)]
    [InlineData("true", "false", false)]
    public void Values_are_the_same_when_they_mean_the_same(string left, string right, bool expected)
    {
        Assert.Equal(expected, JsonEquality.AreEqual(RawJson.Parse(left), RawJson.Parse(right)));
        Assert.Equal(expected, JsonEquality.AreEqual(RawJson.Parse(right), RawJson.Parse(left)));
    }

    [Fact]
    public void As_doubles_numbers_are_the_same_that_a_double_cannot_tell_apart() =>
        Assert.True(JsonEquality.AreEqual(RawJson.Parse("12345678901234567890"), RawJson.Parse("12345678901234567891"), asDoubles: true));
}
