/** Versions of the libraries that several frameworks or servers need, by distribution name on PyPI. */
export const numpy = { numpy: '2.4.6' };
export const scipy = { scipy: '1.17.1' };
export const pandas = { pandas: '3.1.1' };
export const scikitLearn = { 'scikit-learn': '1.9.1' };
/** For secrets. */
export const boto3 = { boto3: '1.43.11' };
